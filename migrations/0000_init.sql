CREATE TABLE `assets` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`path` text NOT NULL,
	`entry_id` integer NOT NULL,
	`alt` text,
	`source` text NOT NULL,
	`source_url` text,
	`created_at` integer NOT NULL,
	`modified_at` integer NOT NULL,
	`version` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `assets_path_entry` ON `assets` (`path`,`entry_id`);--> statement-breakpoint
CREATE INDEX `assets_path_modified` ON `assets` (`path`,`modified_at`,`entry_id`);--> statement-breakpoint
CREATE TABLE `entry_counters` (
	`path` text PRIMARY KEY NOT NULL,
	`next` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `labels` (
	`asset_id` integer NOT NULL,
	`key` text NOT NULL,
	`value` text NOT NULL,
	`path` text NOT NULL,
	`entry_id` integer NOT NULL,
	`modified_at` integer NOT NULL,
	PRIMARY KEY(`asset_id`, `key`)
);
--> statement-breakpoint
CREATE INDEX `labels_new` ON `labels` (`path`,`key`,`value`,`entry_id`);--> statement-breakpoint
CREATE INDEX `labels_modified` ON `labels` (`path`,`key`,`value`,`modified_at`,`entry_id`);--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`bucket` text NOT NULL,
	`key` text NOT NULL,
	`upload_id` text,
	`attempts` integer DEFAULT 0 NOT NULL,
	`not_before` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `outbox_due` ON `outbox` (`not_before`);--> statement-breakpoint
CREATE TABLE `tags` (
	`asset_id` integer NOT NULL,
	`position` integer NOT NULL,
	`tag` text NOT NULL,
	PRIMARY KEY(`asset_id`, `position`)
);
--> statement-breakpoint
CREATE TABLE `uploads` (
	`key` text PRIMARY KEY NOT NULL,
	`bucket` text NOT NULL,
	`upload_id` text,
	`started_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `uploads_started` ON `uploads` (`started_at`);--> statement-breakpoint
CREATE TABLE `variant_aliases` (
	`id` integer PRIMARY KEY NOT NULL,
	`asset_id` integer NOT NULL,
	`request_key` text NOT NULL,
	`variant_id` integer NOT NULL,
	CONSTRAINT "variant_aliases_row" CHECK("variant_aliases"."id" >> 20 = "variant_aliases"."asset_id")
);
--> statement-breakpoint
CREATE UNIQUE INDEX `variant_aliases_request` ON `variant_aliases` (`asset_id`,`request_key`);--> statement-breakpoint
CREATE TABLE `variants` (
	`id` integer PRIMARY KEY NOT NULL,
	`asset_id` integer NOT NULL,
	`canonical_key` text NOT NULL,
	`transformation` text,
	`bucket` text NOT NULL,
	`key` text NOT NULL,
	`size` integer NOT NULL,
	`etag` text NOT NULL,
	`attributes` text NOT NULL,
	`lqip` text,
	`created_at` integer NOT NULL,
	`last_accessed_at` integer NOT NULL,
	`expires_at` integer,
	CONSTRAINT "variants_row" CHECK("variants"."id" >> 20 = "variants"."asset_id")
);
--> statement-breakpoint
CREATE UNIQUE INDEX `variants_asset_canonical` ON `variants` (`asset_id`,`canonical_key`);--> statement-breakpoint
CREATE INDEX `variants_expires` ON `variants` (`expires_at`) WHERE "variants"."expires_at" IS NOT NULL;