// Owns how a container ended: its exit code, the kubelet's reason for it, and its last word.
import { readFile } from 'node:fs/promises'

import type { ContainerExit } from '../runtime.ts'
import { wasKilledForMemory } from './kernel-log.ts'

/** What is read of an engine's answer about a container. */
export interface ContainerAnswer {
  readonly Id: string
  readonly State: {
    readonly Status: string
    readonly Running: boolean
    readonly Pid: number
    readonly ExitCode: number
    readonly OOMKilled?: boolean
    readonly StartedAt: string
    readonly FinishedAt: string
  }
  readonly Config: { readonly Labels?: Readonly<Record<string, string>>; readonly Tty?: boolean }
  readonly LogPath?: string
  readonly HostConfig: { readonly Memory?: number; readonly CgroupParent?: string }
}

const KILLED = 137
/** MaxContainerTerminationMessageLength of the kubelet, which reads the end (pkg/util/tail ReadAtMost). */
const LAST_WORD_BYTES = 4096

/** @param messageFile where its last word would be, on this machine */
export async function exitFrom(
  { Id, State, HostConfig }: ContainerAnswer,
  { messageFile, nowMs }: { readonly messageFile: string | undefined; readonly nowMs: number },
): Promise<ContainerExit> {
  const { ExitCode: exitCode } = State
  // Its own, or that of its pod.
  const hasLimit = (HostConfig.Memory ?? 0) > 0 || (HostConfig.CgroupParent ?? '') !== ''
  const isOutOfMemory =
    State.OOMKilled === true || (exitCode === KILLED && hasLimit && wasKilledForMemory(Id))
  const message = messageFile && (await lastWord(messageFile))
  return {
    exitCode,
    reason: isOutOfMemory ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error',
    finishedAtMs: timeOf(State.FinishedAt) ?? nowMs,
    ...(message && { message }),
  }
}

/** Milliseconds of a time that an engine gives; undefined for the year 1, by which it means none. */
export function timeOf(text: string): number | undefined {
  const timeMs = Date.parse(text)
  return timeMs > 0 ? timeMs : undefined
}

async function lastWord(path: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(path)
    return bytes.length === 0 ? undefined : bytes.subarray(-LAST_WORD_BYTES).toString('utf8')
  } catch {
    return undefined
  }
}
