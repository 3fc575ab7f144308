import { expect, it } from 'vitest'

import { createProgram } from './main.ts'
import { isForPrograms, lookOf, outputOf, printForPrograms, type OutputFlags } from './output.ts'
import { testApp } from './testing/test-app.ts'

it.each<[OutputFlags, string, boolean]>([
  [{}, 'table', false],
  [{ output: 'wide' }, 'wide', false],
  [{ json: true }, 'json', true],
  [{ json: true, output: 'json' }, 'json', true],
  [{ output: 'yaml' }, 'yaml', true],
  [{ output: 'name' }, 'name', true],
])('%j is %s', (flags, output, forPrograms) => {
  expect(outputOf(flags)).toBe(output)
  expect(isForPrograms(flags)).toBe(forPrograms)
})

it('refuses two forms at once', () => {
  expect(() => outputOf({ json: true, output: 'yaml' })).toThrow('choose one')
})

it('cuts nothing where a person asks for everything', () => {
  const { app } = testApp()
  expect(lookOf({ ...app, terminal: { ...app.terminal, columns: 60 } }, {}).columns).toBe(60)
  expect(lookOf(app, { output: 'wide' }).columns).toBe(Infinity)
})

it.each<[OutputFlags, string]>([
  [{ output: 'json' }, '{\n  "server": "127.0.0.1:4569",\n  "regions": [\n    "eu-west-1"\n  ]\n}\n'],
  [{ output: 'yaml' }, 'server: 127.0.0.1:4569\nregions:\n  - eu-west-1\n'],
  [{ output: 'name' }, 'eu-west-1\n'],
  [{}, ''],
])('prints %j', async (flags, text) => {
  const { app, out } = testApp()
  const value = { server: '127.0.0.1:4569', regions: ['eu-west-1'] }
  const isPrinted = await printForPrograms(app, flags, { command: 'dns', value, names: ['eu-west-1'] })
  expect([isPrinted, out()]).toEqual([text !== '', text])
})

// What prints no findings of its own, or what other programs prescribe the form of.
const OTHERS = ['completion', 'down', 'kubeconfig', 'logs', 'mcp', 'prices', 'stop', 'token', 'version']
/** -o is where they write. */
const WRITERS = ['export', 'import']

it('is offered by every command that has something to list', () => {
  const { app } = testApp()
  const commands = createProgram(app, {}).commands.filter(
    (command) => ![...OTHERS, ...WRITERS].includes(command.name()),
  )
  for (const command of commands) {
    const option = command.options.find(({ long }) => long === '--output')
    expect([command.name(), option?.short, option?.argChoices?.slice(0, 5)]).toEqual([
      command.name(),
      '-o',
      ['table', 'wide', 'json', 'yaml', 'name'],
    ])
    expect(command.options.some(({ long }) => long === '--json')).toBe(true)
  }
})
