// Runs the commands of the documentation: each line of each ```sh block, in order, beside the workshop that is up.
// Blocks without a language, and ```text, are not run; the first block of README.md is what CI runs.
import { readdirSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { codeBlocks, documents, readDocument } from './support/documents.ts'
import { hasProgram, Playground, root, run } from './support/program.ts'
import { realClient } from './support/real-clients.ts'
import { misfits } from './support/schema.ts'

const playground = new Playground()
let environment: NodeJS.ProcessEnv = {}
let isPort80Ours = false

/** Lines of the ```sh blocks of a Markdown text; a line that ends in a backslash goes on in the next one. */
function commandsOf(text: string): readonly string[] {
  const blocks = codeBlocks(text).filter(({ info }) => info === 'sh')
  return blocks.flatMap(({ text: block }) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')),
  )
}

/** The program that a line needs and this machine has not. */
function missingProgram(line: string): string | undefined {
  const [program = ''] = line.split(' ')
  // A test brings its own kubectl and helm.
  return program === 'kubectl' || program === 'helm' || hasProgram(program) ? undefined : program
}

// The guides have situations of their own: guides.test.ts runs them.
const commands = documents
  .filter((file) => !/^docs\/(zh\/)?guides\//.test(file))
  .flatMap((file) => commandsOf(readDocument(file)).map((line) => ({ file, line })))

beforeAll(async () => {
  const { status, stdout } = await playground.neargate('up', 'examples/eks-workshop', '--json')
  expect(status).toBe(0)
  const { loadBalancers } = JSON.parse(stdout) as { loadBalancers: { url: string }[] }
  isPort80Ours = loadBalancers.every(({ url }) => new URL(url).port === '')
  environment = { ...playground.environment, ...(await playground.clientEnvironment()) }
  const clients = [...new Set([dirname(realClient('kubectl')), dirname(realClient('helm'))])]
  environment['PATH'] = [...clients, process.env['PATH'] ?? ''].join(delimiter)
}, 60_000)

afterAll(() => playground.dispose())

describe('the programs of README.md', () => {
  const text = readFileSync(join(root, 'README.md'), 'utf8')
  const programs = [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, program = '']) => program)

  it('run as they are, and end', async () => {
    expect(programs).toHaveLength(1)
    for (const program of programs) {
      const args = ['--input-type=module', '--eval', program]
      const { status, stdout, stderr } = await run(process.execPath, args, playground.environment)
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(stdout).toContain("2 [ 'eksworkshop' ]")
    }
    // An hour of the region's clock is some seconds of a machine that does nothing else.
  }, 120_000)
})

describe('the listings of the walkthrough', () => {
  const example = 'examples/eks-workshop'
  const whole = readdirSync(join(root, example)).map((name) =>
    readFileSync(join(root, example, name), 'utf8'),
  )

  it.each(['docs/walkthrough.md', 'docs/zh/walkthrough.md'])('of %s are those of the example', (file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const listings = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, listing = '']) => listing)
    expect(listings).toEqual(expect.arrayContaining(whole))
    expect(listings.every((listing) => whole.some((each) => each.includes(listing)))).toBe(true)
  })
})

describe('what --json prints', () => {
  it.each([
    ['plan', 0, ['plan', 'examples/eks-workshop', '--json']],
    ['plan', 1, ['plan', 'no-such-directory', '--json']],
    ['up', 0, ['up', 'examples/eks-workshop', '--json']],
    ['status', 0, ['status', '--json']],
    ['status', 1, ['status', '--json', '--data', '/nonexistent']],
    ['explain', 0, ['explain', 'nginx-fargate', '--json']],
    ['explain', 0, ['explain', 'fargate-rounds-up', '--json']],
    ['doctor', 0, ['doctor', '--json']],
    ['dns', 0, ['dns', '--json']],
    ['env', 0, ['env', '--json']],
    ['network', 0, ['network', 'examples/eks-workshop', '--json']],
  ])('of %s (exit code %i) is what its schema says: %j', async (command, expected, args) => {
    const schema: unknown = JSON.parse(
      readFileSync(join(root, `docs/reference/schemas/${command}.json`), 'utf8'),
    )
    const { status, stdout } = await playground.neargate(...args)
    expect(misfits(JSON.parse(stdout), schema)).toEqual([])
    expect(status).toBe(expected)
  })

  it('is told from what does not fit', () => {
    const schema = {
      type: 'object',
      properties: {
        a: { type: 'number' },
        b: { enum: ['x'] },
        c: { type: 'array', items: { type: 'string' } },
      },
      required: ['a'],
      additionalProperties: false,
    }
    expect(misfits({ b: 'y', c: ['z', 1], d: 1 }, schema)).toEqual([
      '$.a is missing',
      '$.b is "y"',
      '$.c[1] is no string',
      '$.d is unknown',
    ])
  })
})

describe('the commands of the documentation', () => {
  it('are found', () => {
    expect(commands.filter(({ file }) => file === 'README.md').length).toBeGreaterThan(2)
    expect(commandsOf('```\na\n```\n```sh\nb \\\n  c\n\n# d\n```\n```text\ne\n```\n')).toEqual(['b c'])
  })

  for (const { file, line } of commands) {
    it(`${file}: ${line}`, async ({ skip }) => {
      const program = missingProgram(line)
      if (program !== undefined) skip(`${program} is not on the PATH`)
      // A hostname without a port is port 80, which another program may hold, or the system may keep.
      if (line.startsWith('curl http://$(') && !isPort80Ours) skip('port 80 is not to be had')
      const { status, stderr } = await run('sh', ['-ec', line], environment)
      expect({ status, stderr }).toMatchObject({ status: 0 })
    })
  }
})
