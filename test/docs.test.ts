// Runs the commands of the documentation: each line of each ```sh block, in order, beside the workshop that is up.
// Blocks without a language, and ```text, are not run; the first block of README.md is what CI runs.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { hasProgram, Playground, root, run } from './support/program.ts'
import { realClient } from './support/real-clients.ts'

const playground = new Playground()
let environment: NodeJS.ProcessEnv = {}
let isPort80Ours = false

const files = [
  'README.md',
  'README.zh.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
].filter((name) => name.endsWith('.md'))

/** Lines of the ```sh blocks of a Markdown text; a line that ends in a backslash goes on in the next one. */
function commandsOf(text: string): readonly string[] {
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
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

const commands = files.flatMap((file) =>
  commandsOf(readFileSync(join(root, file), 'utf8')).map((line) => ({ file, line })),
)

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
  })
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

describe('the links of the documentation', () => {
  it.each(files)('of %s lead to files', (file) => {
    const links = [
      ...readFileSync(join(root, file), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g),
    ]
    const broken = links
      .map(([, link = '']) => link)
      .filter((link) => !existsSync(join(root, dirname(file), link)))
    expect(broken).toEqual([])
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
