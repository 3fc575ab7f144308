// Owns the start of the single-file executable: puts the package beside itself once, and goes on as the program there.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { getAsset } from 'node:sea'

/** What the build puts in: the package's files, and a name for them that no other build has. */
interface Contents {
  readonly name: string
  readonly files: readonly string[]
}

/** The entry of the program in its package. */
const MAIN = 'dist/cli/main.js'

const contents = JSON.parse(getAsset('contents.json', 'utf8')) as Contents
const directory = unpacked(contents)
const require = createRequire(join(directory, 'package.json'))
const [, , ...given] = process.argv
// What the program starts as a part of its own, it starts as Node: options, a module of the package, arguments.
const at = given.findIndex((arg) => arg.startsWith(directory))
const module = given[at]
if (module === undefined || basename(module) === 'neargate.js') {
  const { main } = require(join(directory, MAIN)) as { main: (args: readonly string[]) => Promise<number> }
  void main(given.slice(at + 1)).then((code) => {
    process.exitCode = code
  })
} else {
  process.argv = [process.execPath, module, ...given.slice(at + 1)]
  require(module)
}

/** The directory of the package, written by the first run of this build. */
function unpacked({ name, files }: Contents): string {
  const caches = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'neargate')
  const to = join(caches, name)
  if (existsSync(to)) {
    assertOurs(to)
    return to
  }
  mkdirSync(caches, { recursive: true, mode: 0o700 })
  // Two first runs at once write two of them, and one is kept.
  const draft = mkdtempSync(join(caches, '.draft-'))
  for (const file of files) {
    mkdirSync(dirname(join(draft, file)), { recursive: true })
    writeFileSync(join(draft, file), Buffer.from(getAsset(file)))
  }
  chmodSync(draft, 0o700)
  try {
    renameSync(draft, to)
  } catch {
    rmSync(draft, { recursive: true, force: true })
    assertOurs(to)
  }
  return to
}

/** Somebody else's files are not run. */
function assertOurs(path: string): void {
  if (process.getuid === undefined || statSync(path).uid === process.getuid()) return
  process.stderr.write(
    `error: ${path} belongs to another user\n  Set XDG_CACHE_HOME to a directory of your own.\n`,
  )
  process.exit(1)
}
