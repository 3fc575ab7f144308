// Owns the form of faults: what a person or a program writes down, and what is wrong with it.

import { messageOf, UserError } from '../../base/errors.ts'
import { parseGoDuration } from '../../base/go-duration.ts'
import { isObject } from '../../base/json.ts'

/** What the caller is answered; the words are those of the service that is called. */
export const NAMED_ERRORS = [
  'throttling',
  'expired-token',
  'access-denied',
  'unavailable',
  'connection-lost',
  'answer-lost',
] as const

export type NamedError = (typeof NAMED_ERRORS)[number]

/** An error of one's own. */
export interface CustomError {
  readonly code: string
  readonly message: string
  /** HTTP status; 400 when absent. From 500 on, clients and CloudFormation try again. */
  readonly status?: number
}

/** One fault: which calls it is about, how often it strikes, and what it does. */
export interface Fault {
  /**
   * `service:Operation` as in IAM policies, `*` and `?` for any part: `eks:Create*`. All, when absent. Of a stack all but
   * what looks and what takes away.
   */
  readonly operation?: string
  /** The names of stacks, with wildcards: CloudFormation's own calls for their resources, instead of those of clients. */
  readonly stack?: string
  /** Whose calls, by the ARN of the caller, with wildcards: `*:user/ci`. Everybody's, when absent. */
  readonly caller?: string
  /** With `stack`: the resource by its logical id, with wildcards, or by the order in which they are begun, from 1. */
  readonly resource?: string | number
  readonly error?: NamedError | CustomError
  /** The answer waits so long: `1.5s`, `2m`. */
  readonly delay?: string
  /** A load balancer that is created takes so long to become active; for `elasticloadbalancing:CreateLoadBalancer`. */
  readonly settles?: string
  /** The first call of those it is about that it strikes, from 1. */
  readonly from?: number
  /** How many calls it strikes, from there on; every one when absent. */
  readonly times?: number
  /** The share of calls that it strikes, evenly spread: 0.5 strikes every second one. */
  readonly rate?: number
}

/** The one operation whose result can be late. */
export const SETTLING_OPERATION = 'elasticloadbalancing:CreateLoadBalancer'

const MEMBERS = new Set<string>([
  'operation',
  'stack',
  'caller',
  'resource',
  'error',
  'delay',
  'settles',
  'from',
  'times',
  'rate',
] satisfies (keyof Fault)[])

/** Reads a file of faults. @param name that of the file. @throws UserError that says what is wrong, and where */
export async function parseFaults(text: string, name: string): Promise<readonly Fault[]> {
  // Loaded by need: few regions are given a file.
  const { parse } = await import('yaml')
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    throw wrong(name, messageOf(error))
  }
  const list = isObject(value) ? value['faults'] : value
  if (!Array.isArray(list)) throw wrong(name, 'it has no list called faults')
  return checkFaults(list, name)
}

/** The faults of a list that somebody wrote. @throws UserError for the first that is none */
export function checkFaults(list: readonly unknown[], name: string): readonly Fault[] {
  return list.map((item, index) => {
    const problem = problemOf(item)
    if (problem !== undefined) throw wrong(name, `fault ${index + 1}: ${problem}`)
    // Every member has been looked at.
    return item as Fault
  })
}

function wrong(name: string, why: string): UserError {
  return new UserError(`${name} holds no faults: ${why}`, { help: 'docs/faults.md says how to write them.' })
}

function problemOf(item: unknown): string | undefined {
  if (!isObject(item)) return 'it is no mapping'
  const unknown = Object.keys(item).find((key) => !MEMBERS.has(key))
  if (unknown !== undefined) return `${unknown} is nothing that a fault has`
  const { operation, stack, caller, resource, error, delay, settles } = item
  if (operation !== undefined && !(typeof operation === 'string' && operation.includes(':')))
    return 'operation is not of the form service:Operation'
  if (stack !== undefined && typeof stack !== 'string') return 'stack is no name'
  if (caller !== undefined && typeof caller !== 'string') return 'caller is no ARN'
  if (caller !== undefined && stack !== undefined) return 'CloudFormation calls for a stack: it has no caller'
  if (resource !== undefined && stack === undefined) return 'resource needs the stack that it is in'
  if (resource !== undefined && typeof resource !== 'string' && !isCount(resource))
    return 'resource is neither a logical id nor a number from 1'
  return (
    countsProblem(item) ?? effectProblem({ error, delay, settles }) ?? settlingProblem(operation, settles)
  )
}

function countsProblem({ from, times, rate }: Record<string, unknown>): string | undefined {
  if (from !== undefined && !isCount(from)) return 'from is no number from 1'
  if (times !== undefined && !isCount(times)) return 'times is no number from 1'
  const isShare = typeof rate === 'number' && rate > 0 && rate <= 1
  return rate === undefined || isShare ? undefined : 'rate is no share above 0, and 1 at most'
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1
}

type Effect = Readonly<Record<'error' | 'delay' | 'settles', unknown>>

function effectProblem({ error, delay, settles }: Effect): string | undefined {
  if (error === undefined && delay === undefined && settles === undefined)
    return 'it does nothing: give error, delay or settles'
  for (const [key, value] of Object.entries({ delay, settles })) {
    if (value === undefined) continue
    const lastsMs = typeof value === 'string' ? parseGoDuration(value) : undefined
    if (lastsMs === undefined || lastsMs < 0) return `${key} is no duration such as 1.5s`
  }
  if (error === undefined || NAMED_ERRORS.some((name) => name === error)) return undefined
  const isCustom =
    isObject(error) && typeof error['code'] === 'string' && typeof error['message'] === 'string'
  return isCustom
    ? statusProblem(error['status'])
    : `error is none of ${NAMED_ERRORS.join(', ')}, and has no code and message`
}

function statusProblem(status: unknown): string | undefined {
  const isStatus = typeof status === 'number' && status >= 400 && status < 600
  return status === undefined || isStatus ? undefined : 'status is no HTTP status of an error'
}

function settlingProblem(operation: unknown, settles: unknown): string | undefined {
  if (settles === undefined || operation === SETTLING_OPERATION) return undefined
  return `settles is for ${SETTLING_OPERATION} alone`
}
