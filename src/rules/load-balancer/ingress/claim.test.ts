import { describe, expect, it } from 'vitest'

import { isIngressClaimed, type ClaimableClass, type ClaimableIngress } from './claim.ts'

const ours = 'ingress.k8s.aws/alb'
const theirs = 'k8s.io/ingress-nginx'
const ingressClass = (name: string, controller: string, isDefault = false): ClaimableClass => ({
  metadata: {
    name,
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...(isDefault && { annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } }),
  },
  spec: { controller },
})
const annotated = (value: string, spec: object) => ({
  metadata: { annotations: { 'kubernetes.io/ingress.class': value } },
  spec,
})
const of = (spec: object | null) => ({ metadata: {}, spec })
const named = (ingressClassName: string) => of({ ingressClassName })

describe('isIngressClaimed', () => {
  it.each<[string, ClaimableIngress, ClaimableClass[], boolean]>([
    ['the class that the controller brings', named('alb'), [], true],
    ['a class of another name', named('web'), [ingressClass('web', ours)], true],
    ['a class named alb of another', named('alb'), [ingressClass('alb', theirs)], false],
    ['a class that nobody defines', named('web'), [], false],
    ['the annotation', annotated('alb', {}), [], true],
    ['the annotation before the field', annotated('nginx', { ingressClassName: 'alb' }), [], false],
    ['no class', of({}), [ingressClass('web', ours)], false],
    ['the default class', of({}), [ingressClass('web', ours, true)], true],
    ['the default class of another', of({}), [ingressClass('web', theirs, true)], false],
    ['no spec at all', of(null), [], false],
  ])('%s', (_, ingress, classes, isClaimed) => {
    expect(isIngressClaimed(ingress, classes)).toBe(isClaimed)
  })
})
