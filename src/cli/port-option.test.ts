import { Command } from 'commander'
import { expect, test } from 'vitest'

import { portOption } from './port-option.ts'

function parsed(port: string): unknown {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
  return command.addOption(portOption()).parse(['--port', port], { from: 'user' }).opts()['port']
}

test.each(['0', '80', '4566', '6001', '65535'])('%s is a port', (port) => {
  expect(parsed(port)).toBe(Number(port))
})

test.each([
  ['65536', 'a port is a number from 0 to 65535'],
  ['-1', 'a port is a number from 0 to 65535'],
  ['http', 'a port is a number from 0 to 65535'],
  ['6000', 'refuse to connect to port 6000'],
])('%s is none: %s', (port, message) => {
  expect(() => parsed(port)).toThrow(message)
})

test('what is refused is what fetch does not reach', async () => {
  for (const port of [6000, 6697, 10080]) {
    expect(() => parsed(String(port))).toThrow('refuse to connect')
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ cause: { message: 'bad port' } })
  }
})
