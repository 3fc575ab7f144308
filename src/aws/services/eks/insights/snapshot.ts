// Owns the insights of a cluster as they were last found: daily, or when somebody asks for it.

import { sha256Hex } from '../../../../base/sha256.ts'
import { minorOf } from '../../../../rules/eks/version-skew.ts'
import { findServingCluster } from '../lookup.ts'
import type { Eks, FoundInsight, InsightsRecord } from '../state.ts'
import { checksFor, type Check } from './checks.ts'

const DAY_MS = 86_400_000

/** The same for as long as there is the cluster, in the form of a UUID. */
export function insightId(clusterArn: string, next: string, name: string): string {
  const hex = sha256Hex(`${clusterArn} ${next} ${name}`)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  )
}

/** The check behind an insight. */
export function checkOf({ next }: Pick<InsightsRecord, 'next'>, name: string): Check | undefined {
  return checksFor(next).find((check) => check.name === name)
}

/**
 * The latest insights; found anew when there are none, when they are of another version, or a day old.
 * @returns undefined for a cluster of the newest version: there is nothing to prepare for
 * @throws AwsError ResourceNotFoundException, InvalidRequestException
 */
export async function insightsOf(eks: Eks, clusterName: string | undefined): Promise<InsightsRecord> {
  const { cluster } = findServingCluster(eks, clusterName)
  const known = eks.tables.insights.get(cluster.name)
  const isFresh =
    known !== undefined && known.version === cluster.version && eks.deps.clock.now() - known.atMs < DAY_MS
  return isFresh ? known : await findInsights(eks, cluster.name)
}

/**
 * Runs every check and remembers what was found: nothing for a cluster of the newest version, with nothing to prepare for.
 * @throws AwsError ResourceNotFoundException, InvalidRequestException
 */
export async function findInsights(eks: Eks, clusterName: string | undefined): Promise<InsightsRecord> {
  const { cluster } = findServingCluster(eks, clusterName)
  const { version = '' } = cluster
  const next = `1.${minorOf(version) + 1}`
  const isOffered = eks.ports.versions.some((offered) => offered.version === next)
  const examined = { eks, cluster, client: eks.ports.host.client(cluster.name), next }
  const atMs = eks.deps.clock.now()
  const before = eks.tables.insights.get(cluster.name)
  const insights: FoundInsight[] = []
  for (const { name, run } of isOffered ? checksFor(next) : []) {
    const result = await run(examined)
    const was = before?.next === next ? before.insights.find((insight) => insight.name === name) : undefined
    insights.push({ ...result, name, sinceMs: was?.status === result.status ? was.sinceMs : atMs })
  }
  const record = { version, next, atMs, insights }
  await eks.tables.insights.put(cluster.name, record)
  return record
}
