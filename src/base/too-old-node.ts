// Owns what is said of a Node that is too old: by the library, and by the program, which cannot load anything else there.

/** E.g. `neargate needs Node 22.13 or newer; this is v20.20.2`. */
export function tooOldNode(): string {
  return `neargate needs Node 22.13 or newer; this is ${process.version}`
}
