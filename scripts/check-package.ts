// Checks the package as others get it: packs it, lints it, installs it beside nothing else, and uses program and library.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ATTW = '@arethetypeswrong/cli@0.18.5'
const MAX_MB = 25
/** The oldest Node of `engines`, and one before it. */
const OLDEST = 'node@22.13.0'
const TOO_OLD = 'node@20'

const root = fileURLToPath(new URL('..', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'neargate-package-'))
const user = join(directory, 'user')

const CONSUMER = `import { EKSClient, ListClustersCommand } from '@aws-sdk/client-eks'
import { startRegion, type Plan } from 'neargate'
await using region = await startRegion({ region: 'eu-west-1' })
const { clusters } = await region.client(EKSClient).send(new ListClustersCommand({}))
const metadata = { name: 'a', region: 'eu-west-1' }
const plan: Plan = await region.plan({ config: { apiVersion: 'eksctl.io/v1alpha5', kind: 'ClusterConfig', metadata } })
if (clusters?.length !== 0 || plan.cost.monthly < 70) throw new Error('not what was expected')
`

// What an older Node does not read itself (types, `await using`) is left out.
const PLAIN_CONSUMER = `import { startRegion } from 'neargate'
const region = await startRegion({ region: 'ap-southeast-1' }).catch(({ message }) => console.log(message))
await region?.up('node_modules/neargate/examples/eks-workshop')
await region?.reset()
await region?.stop()
`

try {
  const archive = join(
    directory,
    must(root, 'npm', 'pack', '--silent', '--pack-destination', directory).trim().split('\n').at(-1) ?? '',
  )
  must(root, 'publint', archive, '--strict')
  // Node's CommonJS loads ES modules since 22.12: 'cjs-resolves-to-esm' is how every such package is.
  must(directory, 'npm', 'exec', '--yes', `--package=${ATTW}`, '--', 'attw', archive, '--profile', 'esm-only')
  mkdirSync(user)
  writeFileSync(join(user, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }))
  install(archive)
  assertSize(join(user, 'node_modules'))
  must(user, 'node_modules/.bin/neargate', 'plan', 'node_modules/neargate/examples/eks-workshop')
  writeFileSync(join(user, 'consumer.mts'), CONSUMER)
  install('@aws-sdk/client-eks@^3')
  // The declarations are checked too, as by whoever does not skip those of libraries.
  must(
    user,
    join(root, 'node_modules/.bin/tsc'),
    '--noEmit',
    '--module',
    'nodenext',
    '--target',
    'esnext',
    '--strict',
    '--typeRoots',
    join(root, 'node_modules/@types'),
    '--types',
    'node',
    'consumer.mts',
  )
  must(user, process.execPath, 'consumer.mts')
  writeFileSync(join(user, 'consumer.mjs'), PLAIN_CONSUMER)
  on(OLDEST, 'consumer.mjs')
  on(OLDEST, 'node_modules/neargate/bin/neargate.js', 'plan', 'node_modules/neargate/examples/eks-workshop')
  const refused = on(TOO_OLD, 'consumer.mjs')
  if (!refused.startsWith('neargate needs Node 22.13 or newer')) throw new Error(refused)
} finally {
  rmSync(directory, { recursive: true, force: true })
}

/** Runs a program on another Node. */
function on(node: string, ...args: string[]): string {
  return must(user, 'npm', 'exec', '--yes', `--package=${node}`, '--', 'node', ...args)
}

function install(what: string): void {
  must(user, 'npm', 'install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', what)
}

function assertSize(path: string): void {
  const blocks = readdirSync(path, { recursive: true, withFileTypes: true }).map(
    (entry) => statSync(join(entry.parentPath, entry.name)).blocks,
  )
  const size = (blocks.reduce((sum, each) => sum + each, 0) * 512) / 1024 ** 2
  process.stdout.write(`✔ installed: ${size.toFixed(1)} MB\n`)
  if (size > MAX_MB) throw new Error(`the package and what it needs take more than ${MAX_MB} MB`)
}

function must(cwd: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stdout + stderr}`)
  process.stdout.write(`✔ ${command.split('/').at(-1)} ${args.slice(0, 2).join(' ')}\n`)
  return stdout
}
