import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { deepCopy, isObject } from '../base/json.ts'
import { memoryFiles } from '../config/file-system.ts'
import { readProject } from '../config/project.ts'
import { parseDocuments } from '../config/yaml.ts'
import { makePlan } from './plan.ts'

const today = new Date('2026-11-23')
const junk: readonly unknown[] = [null, -1, 'x', [], [null], {}, { a: [1] }]

function documentsOf(name: string): unknown[] {
  const text = readFileSync(new URL(`../../examples/eks-workshop/${name}`, import.meta.url), 'utf8')
  return parseDocuments(text, name).documents.map((document) => document.value)
}

const config = documentsOf('cluster.yaml')
const manifests = [...documentsOf('nginx-ec2.yaml'), ...documentsOf('nginx-fargate.yaml')]

/** Every path in a value, the root left out. */
function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => [[...path, key], ...pathsOf(item, [...path, key])])
}

function withReplaced(value: unknown, path: readonly string[], replacement: unknown): unknown {
  const copy = deepCopy(value)
  let parent: unknown = copy
  for (const step of path.slice(0, -1)) parent = (parent as Record<string, unknown>)[step]
  ;(parent as Record<string, unknown>)[path.at(-1) ?? ''] = replacement
  return copy
}

/** Plans the workshop with these documents; JSON is YAML. */
function planOf(
  clusterDocuments: readonly unknown[],
  manifestDocuments: readonly unknown[],
): ReturnType<typeof makePlan> {
  const text = (documents: readonly unknown[]): string =>
    documents.map((each) => JSON.stringify(each)).join('\n---\n')
  const files = memoryFiles({ 'cluster.yaml': text(clusterDocuments), 'app.yaml': text(manifestDocuments) })
  return makePlan(readProject(['cluster.yaml', 'app.yaml'], files), { today })
}

describe('any value in any place', () => {
  it('of a manifest is planned or reported, with a place and a remedy', () => {
    for (const path of pathsOf(manifests)) {
      for (const value of junk) {
        const [index = '0', ...rest] = path
        const changed = manifests.with(
          Number(index),
          rest.length === 0 ? value : withReplaced(manifests[Number(index)], rest, value),
        )
        const plan = planOf(config, changed)
        for (const problem of plan.problems) {
          expect(problem.file).toMatch(/^(app|cluster)\.yaml$/)
          expect(problem.line).toBeGreaterThan(0)
          expect(problem.help).not.toBe('')
        }
        expect(Number.isFinite(plan.cost.hourly)).toBe(true)
      }
    }
  })

  it('of a ClusterConfig is planned or reported', () => {
    const [cluster] = config
    for (const path of pathsOf(cluster)) {
      for (const value of junk) {
        const plan = planOf([withReplaced(cluster, path, value)], manifests)
        const errors = plan.problems.filter((problem) => problem.severity === 'error')
        expect(plan.workloads.length === 2 || errors.length > 0).toBe(true)
        expect(plan.workloads.every((workload) => isObject(workload))).toBe(true)
      }
    }
  })

  it('is never a field that nobody knows', () => {
    for (const path of pathsOf(config[0]).filter((each) => each.length > 1)) {
      const parent = path.slice(0, -1)
      const target = parent.reduce<unknown>(
        (value, step) => (value as Record<string, unknown>)[step],
        config[0],
      )
      // Maps of the author's own keys take any name; lists have none.
      if (!isObject(target) || /labels|tags|private$/.test(parent.join('.'))) continue
      const plan = planOf([withReplaced(config[0], [...parent, 'qwertyuiop'], 1)], manifests)
      expect(plan.problems.map((problem) => problem.code)).toContain('unknown-field')
    }
  })
})
