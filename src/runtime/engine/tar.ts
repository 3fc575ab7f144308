// Owns writing tar archives (POSIX ustar) of the few files that are handed to an engine.

export interface TarEntry {
  /** Path without a slash in front, at most 100 bytes behind some slash and 155 before it; a link's own. */
  readonly name: string
  readonly data?: Uint8Array
  /** Permission bits. */
  readonly mode?: number
  /** What a symbolic link points to. */
  readonly linkTo?: string
}

const BLOCK = 512
const NAME_BYTES = 100

/** An archive with these files, owned by root and dated 1970, so that the same files make the same archive. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const data = Buffer.from(entry.data ?? [])
    const padding = Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)
    return [header(entry, data.length), data, padding]
  })
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)])
}

function header({ name, mode = 0o644, linkTo }: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  const isDirectory = name.endsWith('/')
  const at = name.length > NAME_BYTES ? name.indexOf('/', name.length - NAME_BYTES - 1) : -1
  block.write(name.slice(at + 1), 0, NAME_BYTES)
  if (at > 0) block.write(name.slice(0, at), 345)
  block.write(octal(mode, 7), 100)
  block.write(octal(0, 7), 108)
  block.write(octal(0, 7), 116)
  block.write(octal(size, 11), 124)
  block.write(octal(0, 11), 136)
  block.write('        ', 148)
  block.write(linkTo === undefined ? (isDirectory ? '5' : '0') : '2', 156)
  block.write(linkTo ?? '', 157, 100)
  block.write('ustar\u000000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 6)}\u0000 `, 148)
  return block
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}
