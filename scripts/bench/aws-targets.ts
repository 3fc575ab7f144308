// Owns the AWS endpoints that are measured: a near region, and moto's server where MOTO_SERVER names it.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { neargate } from './program.ts'

const START_MS = 60_000
const MOTO_PORT = 15_566

export interface AwsTarget {
  readonly name: 'near' | 'moto'
  readonly url: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly pid: number
  stop(): Promise<void>
}

/** A region that holds nothing yet. */
export async function nearEndpoint(): Promise<AwsTarget> {
  const home = mkdtempSync(join(tmpdir(), 'neargate-aws-'))
  neargate(home, 'start')
  const variables = JSON.parse(neargate(home, 'env', '--json')) as Record<string, string>
  const { pid } = JSON.parse(readFileSync(join(home, 'region.json'), 'utf8')) as { pid: number }
  return {
    name: 'near',
    url: variables['AWS_ENDPOINT_URL'] ?? '',
    accessKeyId: variables['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: variables['AWS_SECRET_ACCESS_KEY'] ?? '',
    pid,
    async stop() {
      neargate(home, 'stop')
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** moto's server; it checks neither keys nor rights. @param program path of `moto_server` */
export async function motoEndpoint(program: string): Promise<AwsTarget> {
  const child = spawn(program, ['-p', String(MOTO_PORT)], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${MOTO_PORT}`
  const deadline = performance.now() + START_MS
  while (!(await answers(`${url}/moto-api/data.json`))) {
    if (performance.now() > deadline) throw new Error(`${program} does not answer`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return {
    name: 'moto',
    url,
    accessKeyId: 'bench',
    secretAccessKey: 'bench',
    pid: child.pid ?? 0,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await ended
    },
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}
