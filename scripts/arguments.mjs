/**
 * Takes `--name value` or `--name=value` out of `args`.
 * @param {string[]} args command-line arguments, changed in place
 * @param {string} name the option with its dashes
 * @returns {string | undefined} the value, when the option was there
 */
export function takeOption(args, name) {
  const at = args.findIndex((arg) => arg === name || arg.startsWith(`${name}=`))
  if (at < 0) return undefined
  const [arg] = args.splice(at, 1)
  if (arg !== name) return arg.slice(name.length + 1)
  const [value] = args.splice(at, 1)
  if (value === undefined) throw new Error(`Expected a value after ${name}`)
  return value
}
