// Builds the program as one file that needs no Node (its single executable applications), for this platform or another one:
// npm run build:executable -- [linux-x64|linux-arm64|darwin-x64|darwin-arm64|win-x64]. Run `npm run build` first.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { rolldown } from 'rolldown'

const POSTJECT = 'postject@1.0.0-alpha.6'
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win-x64']

const root = fileURLToPath(new URL('..', import.meta.url))
const here = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
const platform = process.argv[2] ?? here
if (!PLATFORMS.includes(platform)) throw new Error(`there is no ${platform}: ${PLATFORMS.join(', ')}`)

const work = mkdtempSync(join(tmpdir(), 'neargate-executable-'))
try {
  const files = packedFiles()
  const launcher = await bundledLauncher()
  const blob = prepared(launcher, files)
  const executable = injected(blob)
  process.stdout.write(`✔ ${executable} (${(statSync(executable).size / 1e6).toFixed(0)} MB)\n`)
  if (platform === here) tried(executable)
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** The files that npm would publish, but for what only readers and compilers take. */
function packedFiles(): readonly string[] {
  const told = JSON.parse(must('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'])) as readonly [
    { readonly files: readonly { readonly path: string }[] },
  ]
  return told[0].files.map(({ path }) => path).filter((path) => !/^docs\/|^dist\/types\//.test(path))
}

async function bundledLauncher(): Promise<string> {
  const file = join(work, 'launcher.cjs')
  const bundler = await rolldown({ input: join(root, 'scripts/executable/launcher.ts'), platform: 'node' })
  await bundler.write({ file, format: 'cjs' })
  await bundler.close()
  return file
}

/** Node's blob of the launcher with the package's files; it is the same for all platforms. */
function prepared(main: string, files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)))
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const contents = join(work, 'contents.json')
  writeFileSync(contents, JSON.stringify({ name: `${version}-${hash.digest('hex').slice(0, 16)}`, files }))
  const output = join(work, 'neargate.blob')
  const assets = Object.fromEntries([
    ...files.map((file) => [file, join(root, file)]),
    ['contents.json', contents],
  ])
  const settings = join(work, 'sea.json')
  writeFileSync(settings, JSON.stringify({ main, output, assets, disableExperimentalSEAWarning: true }))
  must(process.execPath, ['--experimental-sea-config', settings])
  return output
}

function injected(blob: string): string {
  const executable = join(root, '.executables', `neargate-${platform}${platform === 'win-x64' ? '.exe' : ''}`)
  mkdirSync(join(root, '.executables'), { recursive: true })
  copyFileSync(nodeOf(platform), executable)
  chmodSync(executable, 0o755)
  const mac = platform.startsWith('darwin') ? ['--macho-segment-name', 'NODE_SEA'] : []
  const args = ['NODE_SEA_BLOB', blob, '--sentinel-fuse', FUSE, ...mac]
  must('npm', ['exec', '--yes', `--package=${POSTJECT}`, '--', 'postject', executable, ...args])
  return executable
}

/** Node for a platform: the one that runs this, or npm's package of the same version. */
function nodeOf(wanted: string): string {
  if (wanted === here) return process.execPath
  const name = `node-${wanted}`
  must('npm', [
    'install',
    '--prefix',
    work,
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--force',
    `${name}@${process.versions.node}`,
  ])
  return join(work, 'node_modules', name, 'bin', wanted === 'win-x64' ? 'node.exe' : 'node')
}

/** Runs it as its user does, with nothing of this checkout or its Node on the path. */
function tried(executable: string): void {
  const env = {
    XDG_CACHE_HOME: join(work, 'cache'),
    NEARGATE_HOME: join(work, 'home'),
    PATH: '/usr/bin:/bin',
  }
  const run = (...args: readonly string[]): void => {
    const { status, stdout, stderr } = spawnSync(executable, args, { cwd: work, env, encoding: 'utf8' })
    if (status !== 0) throw new Error(`${args.join(' ')} failed: ${stdout}${stderr}`)
    process.stdout.write(`✔ neargate ${args[0]}\n`)
  }
  run('version')
  run('plan', join(root, 'examples/eks-workshop'), '-o', 'name')
  run('start', '--ephemeral', '--port', '0')
  // Its home is about to go.
  try {
    run('status', '-o', 'name')
  } finally {
    run('stop')
  }
}

function must(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stdout + stderr}`)
  return stdout
}
