// Owns `npm run test:eksctl-stacks`: the stacks that the real eksctl makes of its own examples in a near region, compared with
// those that `up` makes of the same files. `EKSCTL` names the program, `EKSCTL_EXAMPLES` the directory of its examples.
// Arguments: examples by the beginnings of their names.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import {
  CloudFormationClient,
  GetTemplateCommand,
  paginateDescribeStacks,
} from '@aws-sdk/client-cloudformation'

import { UserError } from '../../src/base/errors.ts'
import { configOf, loadProject } from '../../src/deploy/project.ts'
import { startRegion, type Region } from '../../src/library/start-region.ts'
import { compareStacks, unexplained, type Explanation, type MadeStack } from './eksctl-stacks/compare.ts'

/** Those that have been compared: dedicated networks, node groups of both kinds, taints, Fargate, roles, logs. */
const EXAMPLES = ['01', '11', '13', '16', '34']
const EKSCTL_TIMEOUT_MS = 8 * 60_000

const here = fileURLToPath(new URL('./eksctl-stacks', import.meta.url))
const eksctl = process.env['EKSCTL'] ?? 'eksctl'
const directory = process.env['EKSCTL_EXAMPLES'] ?? ''
if (!existsSync(directory))
  throw new UserError('EKSCTL_EXAMPLES must name the directory of the examples of eksctl')
const asked = process.argv.length > 2 ? process.argv.slice(2) : EXAMPLES
// The format of the file beside this one.
const explanations = JSON.parse(readFileSync(join(here, 'explained.json'), 'utf8')) as readonly Explanation[]

async function inRegion<T>(name: string, work: (region: Region) => Promise<T>): Promise<T> {
  await using region = await startRegion({ region: name })
  return await work(region)
}

async function stacksOf(region: Region): Promise<readonly MadeStack[]> {
  const client = region.client(CloudFormationClient)
  const stacks: MadeStack[] = []
  for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {})) {
    for (const { StackName = '', Tags = [] } of Stacks) {
      const { TemplateBody = '' } = await client.send(new GetTemplateCommand({ StackName }))
      const tags = Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]))
      stacks.push({ name: StackName, template: JSON.parse(TemplateBody) as object, tags })
    }
  }
  return stacks
}

function runEksctl(file: string, region: Region): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(eksctl, ['create', 'cluster', '-f', file, '--write-kubeconfig=false'], {
      env: { ...process.env, ...region.env },
      timeout: EKSCTL_TIMEOUT_MS,
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (said += text.toString()))
    child.on('close', (status) =>
      resolve(status === 0 ? '' : (said.trim().split('\n').at(-1) ?? 'it failed')),
    )
    child.on('error', (error) => resolve(error.message))
  })
}

/** Why it ended early, or ''. Whatever is no refusal of the files or of the region is a fault of the program. */
async function runUp(file: string, region: Region): Promise<string> {
  try {
    await region.up([file])
    return ''
  } catch (error) {
    if (error instanceof UserError) return error.message
    throw error
  }
}

/** One that fails for both is told, and counts as no difference: the file wants what the account does not have. */
async function judge(file: string): Promise<readonly string[]> {
  const { region: name } = configOf(loadProject([file]), { force: true }).metadata
  const made = async (run: (file: string, region: Region) => Promise<string>) =>
    inRegion(name, async (region) => ({ failure: await run(file, region), stacks: await stacksOf(region) }))
  const theirs = await made(runEksctl)
  const ours = await made(runUp)
  if (theirs.failure !== '') console.log(`${file}: eksctl ended with: ${theirs.failure}`)
  if (ours.failure !== '') console.log(`${file}: up ended with: ${ours.failure}`)
  if (theirs.failure !== '' && ours.failure !== '') return []
  return compareStacks(theirs.stacks, ours.stacks)
}

const files = readdirSync(directory)
  .filter((name) => asked.some((start) => name.startsWith(start)))
  .map((name) => join(directory, name))
let open = 0
const used = new Set<string>()
for (const file of files) {
  const differences = await judge(file)
  const left = unexplained(differences, explanations, used)
  open += left.length
  console.log(`${file}: ${differences.length} differences, ${left.length} without an explanation`)
  for (const line of left) console.log(`  ${line}`)
}
const idle = explanations.filter(({ pattern }) => !used.has(pattern))
if (asked === EXAMPLES) for (const { pattern } of idle) console.log(`explains nothing any longer: ${pattern}`)
process.exit(open === 0 ? 0 : 1)
