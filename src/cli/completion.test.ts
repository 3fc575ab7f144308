import { spawnSync } from 'node:child_process'

import { Command, Option } from 'commander'
import { describe, expect, it } from 'vitest'

import { completionScript } from './completion.ts'

function program(): Command {
  const made = new Command('neargate')
  made
    .command('plan')
    .description("show where, the plan's price: all")
    .argument('[path...]')
    .addOption(new Option('-f, --format <format>', 'how to [print] it').choices(['table', 'json']))
    .option('--json', 'print JSON')
  made
    .command('stop')
    .description('end it')
    .option('--keep', 'leave them')
    .addOption(new Option('--secret').hideHelp())
  return made
}

/** What bash offers for a line whose last word is being written. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `${completionScript('bash', program())}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _neargate; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8', cwd: '/' })
  expect(stderr).toBe('')
  return stdout.split('\n').filter((line) => line !== '')
}

describe('completion in bash', () => {
  it.each([
    [['neargate', 'p'], ['plan']],
    [['neargate', 'plan', '--j'], ['--json']],
    [
      ['neargate', 'plan', '--format', ''],
      ['table', 'json'],
    ],
    [
      ['neargate', 'stop', '--'],
      ['--keep', '--help'],
    ],
    [['neargate', 'plan', 'et'], ['etc']],
    [['neargate', 'stop', 'et'], []],
  ])('%j', (words, expected) => {
    expect(offered(...words)).toEqual(expected)
  })
})

describe('completion in other shells', () => {
  it('tells zsh of choices, and keeps its punctuation out of descriptions', () => {
    const script = completionScript('zsh', program())
    expect(script).toContain("'plan:show where, the plan'\\''s price - all'")
    expect(script).toContain("'--format[how to print it]:value:(table json)'")
    expect(script).not.toContain('--secret')
  })

  it('tells fish of choices', () => {
    const script = completionScript('fish', program())
    expect(script).toContain("-s f -l format -r -f -a 'table json' -d 'how to [print] it'")
    expect(script).toContain("complete -c neargate -n '__fish_seen_subcommand_from stop' -f")
  })
})
