// Owns what tests take for a pod: a process in a network namespace of its own, and sockets in there.
import { spawn } from 'node:child_process'
import { readlinkSync } from 'node:fs'

import { InternalError } from '../../../base/errors.ts'
import { whyNoVpcNetwork, thisMachine } from '../privilege.ts'
import { createVpcSockets, type VpcSockets } from '../sockets.ts'

/** Why tests of real networks cannot run here. */
export const noNetwork = whyNoVpcNetwork(thisMachine())

export interface TestPod {
  readonly pid: number
  readonly sockets: VpcSockets
  /** Answers every connection to the port with its name and the address that it came from. */
  serve(name: string, port: number): Promise<void>
  /** What is read from a connection of the pod until its end. */
  ask(ip: string, port: number): Promise<string>
  end(): void
}

/** A process that sleeps in a new network namespace, as an engine makes it for a pod with network `none`. */
export async function startTestPod(): Promise<TestPod> {
  const child = spawn('unshare', ['--net', 'sleep', '600'], { stdio: 'ignore' })
  const { pid } = child
  if (pid === undefined) throw new InternalError('unshare did not start')
  const own = readlinkSync('/proc/self/ns/net')
  // unshare(1) has made the namespace once it is another one than ours.
  while (readlinkSync(`/proc/${pid}/ns/net`) === own) await new Promise((resolve) => setImmediate(resolve))
  const sockets = createVpcSockets(`/proc/${pid}/ns/net`)
  return {
    pid,
    sockets,
    async serve(name, port) {
      await sockets.listen('0.0.0.0', port, (socket) => {
        socket.on('error', () => undefined)
        socket.end(`${name} for ${socket.remoteAddress}`)
      })
    },
    async ask(ip, port) {
      const socket = await sockets.connect(ip, port)
      socket.end()
      return Buffer.concat(await socket.toArray()).toString()
    },
    end() {
      sockets.close()
      child.kill('SIGKILL')
    },
  }
}
