import { describe, expect, it } from 'vitest'

import { captured } from '../terminal/testing/captured.ts'
import { comparePlans } from './compare.ts'
import { renderChanges } from './render-changes.ts'
import { CONTAINERS, deployment, plan, web } from './testing/plan-of.ts'

const { terminal } = captured()
const base = plan(web)

describe('comparePlans', () => {
  it('finds nothing between two plans of the same files', () => {
    const { workloads, items, newProblems, solvedProblems } = comparePlans(base, plan(web))
    expect({ workloads, items, newProblems, solvedProblems }).toEqual({
      workloads: [],
      items: [],
      newProblems: [],
      solvedProblems: [],
    })
  })

  it('tells what moves, and what it costs', () => {
    const moved = plan(deployment('elsewhere', `{${CONTAINERS}}`))
    const { workloads, items, monthly } = comparePlans(base, moved)
    expect(workloads).toEqual([
      { before: expect.objectContaining({ namespace: 'shop', compute: 'fargate' }) },
      { after: expect.objectContaining({ namespace: 'elsewhere', compute: 'ec2' }) },
    ])
    expect(items).toEqual([{ before: expect.objectContaining({ name: 'Fargate shop/web' }) }])
    expect(monthly.after).toBeLessThan(monthly.before)
  })

  it('sees another size of the same workload, in both its lines', () => {
    const larger = plan(deployment('shop', `{${CONTAINERS.replace('250m', '2')}}`))
    const { workloads, items } = comparePlans(base, larger)
    expect(workloads.map(({ before, after }) => [before?.capacity, after?.capacity])).toEqual([
      ['0.25vCPU 1GB', '2vCPU 4GB'],
    ])
    expect(items.map(({ after }) => after?.detail)).toEqual(['2vCPU 4GB'])
  })

  it('knows a problem again on another line, and tells new ones from solved ones', () => {
    const wrong = deployment('shop', `{hostNetwork: true, ${CONTAINERS}}`)
    const later = comparePlans(plan(wrong), plan(`# a comment\n\n${wrong}`))
    expect([later.newProblems, later.solvedProblems]).toEqual([[], []])
    const broken = comparePlans(base, plan(wrong)).newProblems.map(({ code }) => code)
    expect(broken).toContain('fargate-unsupported')
    expect(comparePlans(plan(wrong), base).solvedProblems.map(({ code }) => code)).toEqual(broken)
  })
})

describe('renderChanges', () => {
  it('says in one line that there is nothing', () => {
    expect(renderChanges(comparePlans(base, plan(web)), terminal)).toMatch(
      /^no changes: \$\d+\.\d\d → \$\d+\.\d\d a month \(\+\$0\.00\)$/,
    )
  })

  it('shows before and after', () => {
    const text = renderChanges(comparePlans(base, plan(deployment('elsewhere', `{${CONTAINERS}}`))), terminal)
    const cells = text.split('\n').map((line) => line.split(/\s{3,}/))
    expect(cells).toContainEqual(['Deployment shop/web', '1 on fargate of 0.25vCPU 1GB', '-'])
    expect(cells).toContainEqual(['Deployment elsewhere/web', '-', '1 on ec2'])
    expect(text).toMatch(/a month \(−\$\d+\.\d\d\)$/)
  })
})
