// Owns talking to a process in a container: commands that are run in it, and the container's own input and output.
import type { Duplex } from 'node:stream'

import { onAbort } from '../../base/abort.ts'
import type { Clock } from '../../base/clock.ts'
import type { AttachRequest, ExecRequest, TerminalSize } from '../runtime.ts'
import type { EngineApi } from './api.ts'
import { outputOf } from './frames.ts'

/** Where a session is. */
interface Place {
  readonly api: EngineApi
  readonly clock: Clock
  readonly containerId: string
}

/** Runs a command in a container. @returns its exit code */
export async function execIn(
  { api, clock, containerId }: Place,
  { command, tty, stdin, sizes, onOutput, signal }: ExecRequest,
): Promise<number> {
  const { Id } = await api.json<{ Id: string }>('POST', `/containers/${containerId}/exec`, {
    body: {
      Cmd: command,
      Tty: tty,
      AttachStdin: stdin !== undefined,
      AttachStdout: true,
      AttachStderr: true,
    },
  })
  const connection = await api.hijack(`/exec/${Id}/start`, { body: { Detach: false, Tty: tty } })
  if (sizes) void resize({ api, clock, path: `/exec/${Id}/resize` }, sizes)
  await converse(connection, { tty, stdin, onOutput, signal })
  const { ExitCode } = await api.json<{ ExitCode: number | null }>('GET', `/exec/${Id}/json`)
  return ExitCode ?? 0
}

/** Passes what a container writes from now on, and what is typed to it. */
export async function attachTo(
  { api, clock, containerId }: Place,
  { tty, stdin, sizes, onOutput, signal }: AttachRequest,
): Promise<void> {
  const connection = await api.hijack(`/containers/${containerId}/attach`, {
    query: { stream: true, stdin: stdin !== undefined, stdout: true, stderr: true },
  })
  if (sizes) void resize({ api, clock, path: `/containers/${containerId}/resize` }, sizes)
  await converse(connection, { tty, stdin, onOutput, signal })
}

interface Conversation {
  readonly tty: boolean
  readonly stdin: AsyncIterable<Uint8Array> | undefined
  readonly onOutput: ExecRequest['onOutput']
  readonly signal?: AbortSignal | undefined
}

async function converse(connection: Duplex, { tty, stdin, onOutput, signal }: Conversation): Promise<void> {
  if (signal) onAbort(signal, () => connection.destroy())
  // Nobody waits for the input: the process may end long before it does.
  if (stdin) void feed(connection, stdin)
  try {
    for await (const { stream, bytes } of outputOf(connection, tty)) onOutput(stream, bytes)
  } catch (error) {
    if (!signal?.aborted && !connection.destroyed) throw error
  } finally {
    connection.destroy()
  }
}

// A terminal that is not resized is no reason to end what runs in it.
async function resize(
  { api, clock, path }: Omit<Place, 'containerId'> & { readonly path: string },
  sizes: AsyncIterable<TerminalSize>,
): Promise<void> {
  for await (const { columns, rows } of sizes) {
    for (let left = RESIZE_TRIES; left > 0; left -= 1) {
      const isDone = await api.text('POST', path, { query: { w: columns, h: rows } }).then(
        () => true,
        () => false,
      )
      if (isDone) break
      // Podman has a connection before it has a process.
      await clock.sleep(RESIZE_PAUSE_MS)
    }
  }
}

const RESIZE_TRIES = 5
const RESIZE_PAUSE_MS = 50

async function feed(connection: Duplex, stdin: AsyncIterable<Uint8Array>): Promise<void> {
  connection.on('error', () => undefined)
  try {
    for await (const chunk of stdin) {
      if (connection.destroyed) return
      if (!connection.write(chunk)) await drained(connection)
    }
  } catch {
    // Whoever typed has gone without a word: the process is told that there is no more.
  }
  connection.end()
}

async function drained(connection: Duplex): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      connection.off('drain', done)
      connection.off('close', done)
      resolve()
    }
    connection.once('drain', done)
    connection.once('close', done)
  })
}
