// Owns the Ingresses that both controllers are given which ask for a Network Load Balancer in front of their own.
import type { Case } from './cases.ts'
import { changing, group, one } from './ingresses.ts'

const enabled = { 'enable-frontend-nlb': 'true' }
const prefixed = (settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(settings).map(([suffix, value]) => [`frontend-nlb-${suffix}`, value]))
const withFrontend = (settings: Readonly<Record<string, string>>, more = {}) => ({
  annotations: { ...enabled, ...prefixed(settings), ...more },
})

export const frontendCases: readonly Case[] = [
  one('frontend', withFrontend({})),
  one('frontend-off', { annotations: { 'enable-frontend-nlb': 'false' } }),
  one(
    'frontend-full',
    withFrontend(
      {
        scheme: 'internet-facing',
        'listener-port-mapping': '8080=80,9090=443',
        'healthcheck-path': '/up',
        'healthcheck-port': '8081',
        'healthcheck-interval-seconds': '20',
        'healthcheck-timeout-seconds': '6',
        'healthcheck-healthy-threshold-count': '3',
        'healthcheck-unhealthy-threshold-count': '4',
        'healthcheck-success-codes': '200-301',
        attributes: 'load_balancing.cross_zone.enabled=true',
        tags: 'Front=yes',
        'security-groups': 'front',
      },
      { tags: 'Team=test', 'load-balancer-name': 'thirty-two-characters-of-its-own' },
    ),
  ),
  one(
    'frontend-two-ports',
    withFrontend({}, { 'listen-ports': JSON.stringify([{ HTTP: 80 }, { HTTP: 8080 }]) }),
  ),
  one('frontend-bad-flag', { annotations: { 'enable-frontend-nlb': 'yes' } }),
  one('frontend-bad-scheme', withFrontend({ scheme: 'outside' })),
  one('frontend-bad-mapping', withFrontend({ 'listener-port-mapping': 'http=80' })),
  one('frontend-bad-check', withFrontend({ 'healthcheck-protocol': 'TCP' })),
  one('frontend-bad-check-port', withFrontend({ 'healthcheck-port': 'named' })),
  one('frontend-bad-routing', withFrontend({ attributes: 'dns_record.client_routing_policy=near' })),
  one('frontend-internal-eip', withFrontend({ 'eip-allocations': 'eipalloc-1' })),
  one('frontend-no-group', withFrontend({ 'security-groups': 'nobody' })),
  group('frontend-together', {
    a: withFrontend({ 'healthcheck-path': '/a' }),
    b: { paths: [{ path: '/b', service: 'users' }] },
  }),
  changing('frontend-later', {}, enabled),
  changing('frontend-gone-later', { annotations: enabled }, { 'enable-frontend-nlb': undefined }),
  changing('frontend-scheme-later', { annotations: enabled }, prefixed({ scheme: 'internet-facing' })),
]
