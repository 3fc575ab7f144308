// Owns clients of load balancers that ask again and again, in a thread of their own: a program test's worker.
import { Agent, request } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

/** What the thread is given. */
export interface LoadOrder {
  readonly url: string
  /** Whether connections are used again. */
  readonly keepAlive: boolean
  readonly clients: number
}

/** What it tells each time that it is asked, and for the last time when it is told `end`. */
export interface LoadReport {
  readonly good: number
  /** Sent again on another connection. */
  readonly again: number
  readonly bad: readonly string[]
}

const AGAIN = 'again'

function ask(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const asking = request(url, { agent }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(String(answer.statusCode)))
      answer.on('error', (error) => resolve(error.message))
    })
    // A pod that ends closes the connections that an NLB carries to it, and "a client MAY open a new connection and
    // automatically retransmit an aborted sequence of requests" that are idempotent (RFC 9112 9.3.1).
    asking.on('error', (error: NodeJS.ErrnoException) =>
      resolve(
        asking.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') ? AGAIN : error.message,
      ),
    )
    asking.end()
  })
}

const orders = workerData as readonly LoadOrder[]
const reports = orders.map(() => ({ good: 0, again: 0, bad: [] as string[] }))
let isOver = false

const all = orders.flatMap(({ url, keepAlive, clients }, index) => {
  const agent = new Agent({ keepAlive, maxSockets: clients })
  const report = reports[index]!
  const client = async (): Promise<void> => {
    while (!isOver) {
      const result = await ask(url, agent)
      if (result === '200') report.good += 1
      else if (result === AGAIN) report.again += 1
      else report.bad.push(result)
    }
  }
  return Array.from({ length: clients }, client)
})

parentPort?.on('message', (message: 'report' | 'end') => {
  if (message === 'report') {
    parentPort?.postMessage(reports)
    return
  }
  isOver = true
  void Promise.all(all).then(() => {
    parentPort?.postMessage(reports)
    process.exit(0)
  })
})
