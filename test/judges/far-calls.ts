// Owns `npm run test:far-calls`: every call that `up`, `plan --live` and `down --target aws` make, judged by botocore's models and
// by limits that AWS documents beside them. `MOTO_PYTHON` is a Python with moto 5.2 or later (for its parsers of requests);
// `EKSCTL_EXAMPLES` names eksctl's examples, which are tried too. Arguments: projects instead of these.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { UserError } from '../../src/base/errors.ts'
import { loadProject } from '../../src/deploy/project.ts'
import { startRegion } from '../../src/library/start-region.ts'
import { homeAt } from '../../src/region/home.ts'
import { Course } from './far/course.ts'
import { recordCalls, type RecordedCall } from './far/recorder.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '../..')
const python = process.env['MOTO_PYTHON'] ?? 'python3'
const projects = process.argv.length > 2 ? process.argv.slice(2) : ourProjects()

function ourProjects(): readonly string[] {
  const own = join(here, 'far/projects')
  return [
    join(root, 'examples/eks-workshop'),
    ...readdirSync(own).map((name) => join(own, name)),
    ...eksctlExamples(),
  ]
}

// Those that `plan` takes for this target.
function eksctlExamples(): readonly string[] {
  const directory = process.env['EKSCTL_EXAMPLES']
  if (directory === undefined) return []
  return readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(directory, name))
    .filter((path) => loadProject([path]).clusterConfig !== undefined)
}

interface Judged {
  readonly operation: string
  readonly found: readonly string[]
}

/** What a course of one project asks of AWS. */
async function callsOf(path: string): Promise<readonly RecordedCall[]> {
  const { clusterConfig } = loadProject([path])
  const name = clusterConfig?.config.metadata.region
  if (name === undefined) throw new UserError(`${path} has no ClusterConfig that can be read`)
  const directory = mkdtempSync(join(tmpdir(), 'neargate-calls-'))
  try {
    await using region = await startRegion({ region: name, directory })
    await using recorder = await recordCalls(region.endpoint)
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: region.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: region.credentials.secretAccessKey,
    })
    using course = new Course(recorder.endpoint)
    await course.network(path, homeAt(directory, {}).directory)
    for (const step of ['up', 'up', 'planLive', 'down'] as const) {
      const { failure } = await course[step](path)
      if (failure !== '') console.log(`  ${path}: ${step} ended with: ${failure}`)
    }
    return recorder.calls
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function judge(calls: readonly RecordedCall[]): readonly Judged[] {
  const { stdout, stderr, status, error } = spawnSync(python, [join(here, 'far/calls.py')], {
    input: calls.map((call) => JSON.stringify(call)).join('\n'),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  if (error || status !== 0) {
    console.error(
      `${python} cannot judge: ${stderr}${error?.message ?? ''}\n  pip install 'moto[server]', or name a Python that has it in MOTO_PYTHON`,
    )
    process.exit(1)
  }
  // A line a call, as calls.py prints it.
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Judged)
}

// A judge that finds nothing has to show that it can.
function assertJudges(): void {
  const signed = (service: string): RecordedCall['headers'] => ({
    authorization: `AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host`,
    'content-type': service === 'eks' ? 'application/json' : 'application/x-www-form-urlencoded',
  })
  const call = (service: string, url: string, body: string): RecordedCall => ({
    method: 'POST',
    url,
    headers: signed(service),
    body,
    status: 200,
  })
  const bad: readonly (readonly [RecordedCall, string])[] = [
    [call('eks', '/clusters/a/fargate-profiles', '{"fargateProfileName":"x"}'), 'Missing required'],
    [call('eks', '/clusters/a/node-groups', '{"capacityType":"CHEAP"}'), 'is none of ON_DEMAND'],
    [call('eks', '/clusters/a/addons', '{"addonName":"x","turbo":true}'), 'input.turbo is unknown'],
    [call('iam', '/', 'Action=GetRole&RoleName=a%20b'), 'does not match'],
    [call('iam', '/', `Action=GetRole&RoleName=${'a'.repeat(65)}`), '65 is more than 64'],
    [call('cloudformation', '/', 'Action=CreateStack&StackName=1&TemplateBody=%7B%7D'), 'no name of a stack'],
  ]
  const judged = judge(bad.map(([each]) => each))
  for (const [index, [, text]] of bad.entries()) {
    if (judged[index]?.found.some((each) => each.includes(text)) !== true)
      throw new UserError(`the judge does not see: ${text} (${JSON.stringify(judged[index])})`)
  }
}

assertJudges()
const operations = new Set<string>()
let faulty = 0
let count = 0
for (const path of projects) {
  if (!existsSync(path)) throw new UserError(`there is no ${path}`)
  const judged = judge(await callsOf(path))
  const findings = new Set(
    judged.flatMap(({ operation, found }) => found.map((each) => `${operation} ${each}`)),
  )
  for (const { operation } of judged) operations.add(operation)
  count += judged.length
  faulty += findings.size
  console.log(`${path}: ${judged.length} calls, ${findings.size} findings`)
  for (const finding of findings) console.log(`  ${finding}`)
}
console.log(`${count} calls of ${operations.size} operations, ${faulty} findings`)
process.exitCode = faulty > 0 || count === 0 ? 1 : 0
