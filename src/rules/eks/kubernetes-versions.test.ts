import { describe, expect, it } from 'vitest'
import { defaultKubernetesVersion, kubernetesVersions, supportOf } from './kubernetes-versions.ts'

describe('supportOf', () => {
  // Amazon EKS Kubernetes release calendar.
  it.each([
    ['1.28', '2026-11-23', 'retired'],
    ['1.28', '2025-11-25', 'extended'],
    ['1.31', '2026-11-25', 'extended'],
    ['1.31', '2026-11-26', 'retired'],
    ['1.33', '2026-11-23', 'extended'],
    ['1.34', '2026-12-01', 'standard'],
    ['1.34', '2026-12-02', 'extended'],
    ['1.35', '2026-11-23', 'standard'],
    ['1.35', '2025-12-01', 'unreleased'],
    ['1.99', '2026-11-23', 'unknown'],
  ])('%s on %s: %s', (version, day, support) => {
    expect(supportOf(version, new Date(`${day}T12:00:00Z`))).toBe(support)
  })

  it('has a default that was in standard support when it was chosen', () => {
    expect(supportOf(defaultKubernetesVersion, new Date('2026-11-23'))).toBe('standard')
  })

  it('gives every version its 12 months of extended support', () => {
    for (const { version, standardUntil, extendedUntil } of kubernetesVersions()) {
      const year = Number(standardUntil.slice(0, 4)) + 1
      expect([version, extendedUntil]).toEqual([version, `${year}${standardUntil.slice(4)}`])
    }
  })
})
