// Owns running a program of this machine (ip, nsenter, nft) to its end.
import { spawn } from 'node:child_process'

/** A program that is missing, or said no; the message is what it said. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/**
 * Runs a program.
 * @param input what it reads on its standard input
 * @returns what it wrote
 * @throws CommandError when it cannot be started, or ends with anything but 0
 */
export async function runCommand(command: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = Promise.withResolvers<number | null>()
  child.once('error', (error) => ended.reject(new CommandError(`${command}: ${error.message}`)))
  child.once('close', (code) => ended.resolve(code))
  // A program that ends without reading says why by its exit code.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [code, out, errors] = await Promise.all([ended.promise, text(child.stdout), text(child.stderr)])
  if (code === 0) return out
  throw new CommandError(`${[command, ...args].join(' ')}: ${errors.trim() || `ended with ${code}`}`)
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
