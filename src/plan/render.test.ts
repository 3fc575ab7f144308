import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import { memoryFiles } from '../config/file-system.ts'
import { problem } from '../config/problem.ts'
import { readProject } from '../config/project.ts'
import { readFileSync } from 'node:fs'
import type { Plan } from './plan.ts'
import { makePlan } from './plan.ts'
import { renderPlan, renderProblems } from './render.ts'

const plain = { colors: pc.createColors(false) }
const files = ['cluster.yaml', 'nginx-ec2.yaml', 'nginx-fargate.yaml']

function workshop(change: (text: string) => string = (text) => text): Plan {
  const texts = files.map((name) => {
    const path = new URL(`../../examples/eks-workshop/${name}`, import.meta.url)
    return [name, change(readFileSync(path, 'utf8'))] as const
  })
  return makePlan(readProject(files, memoryFiles(Object.fromEntries(texts))), {
    today: new Date('2026-11-23'),
  })
}

/** Text without its colours. */
function uncoloured(text: string): string {
  // oxlint-disable-next-line no-control-regex -- that is what colours are
  return text.replaceAll(/\u001B\[\d+m/g, '')
}

describe('renderPlan', () => {
  it('looks as in the golden file', async () => {
    await expect(renderPlan(workshop(), plain)).toMatchFileSnapshot(
      '../../test/fixtures/plan/eks-workshop.txt',
    )
  })

  it('shows problems with their place and remedy, errors first', async () => {
    const change = (text: string): string =>
      text
        .replace('"1.35"', '"1.33"')
        .replace('nlb-target-type: ip', 'nlb-target-type: instance')
        .replace('cpu: 250m', 'cpu: 50m')
    await expect(renderPlan(workshop(change), plain)).toMatchFileSnapshot(
      '../../test/fixtures/plan/problems.txt',
    )
  })

  it('differs from plain text in colours only', () => {
    const coloured = renderPlan(workshop(), { colors: pc.createColors(true) })
    expect(coloured).not.toBe(uncoloured(coloured))
    expect(uncoloured(coloured)).toBe(renderPlan(workshop(), plain))
  })

  it('shows the problems alone when nothing could be planned', () => {
    const text = renderPlan(
      workshop((all) => all.replace('managedNodeGroups', 'managedNodeGroup')),
      plain,
    )
    expect(text).toMatch(/^✖ error unknown-field {2}cluster.yaml:\d+:1\n/)
    expect(text).toMatch(/\n1 error\n$/)
  })
})

describe('renderProblems', () => {
  it('wraps at the width of the terminal', () => {
    const long = problem('not-an-object', 'word '.repeat(60).trim(), { file: 'a.yaml', line: 1, column: 1 })
    const lines = renderProblems([long], { ...plain, width: 70 }).split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(70)
    expect(lines.join(' ').match(/word/g)).toHaveLength(60)
  })

  it('says so when there are none', () => {
    expect(renderProblems([], plain)).toBe('✔ no problems found')
  })
})
