import { expect, it } from 'vitest'

import { CommandError, runCommand } from './command.ts'

it('passes input on and gives back what was written', async () => {
  expect(await runCommand('cat', [], 'one\ntwo\n')).toBe('one\ntwo\n')
})

it.each([
  [
    'says what the program said',
    'sh',
    ['-c', 'echo no way >&2; exit 3'],
    'sh -c echo no way >&2; exit 3: no way',
  ],
  ['says how a silent program ended', 'sh', ['-c', 'exit 3'], 'sh -c exit 3: ended with 3'],
  ['says that there is none', 'no-such-program', [], 'no-such-program: spawn no-such-program ENOENT'],
])('%s', async (_, command, args, message) => {
  await expect(runCommand(command, args)).rejects.toThrow(new CommandError(message))
})
