import { describe, expect, it } from 'vitest'

import { plan, service, web } from './testing/plan-of.ts'

const PREFIX = 'service.beta.kubernetes.io/aws-load-balancer-'

/** Problems of the workshop's Service with these annotations beside its target type. */
function found(annotations: string, spec = '') {
  const all = `{${PREFIX}nlb-target-type: ip, ${annotations}}`
  return plan(web + service(all, spec)).problems.map(({ severity, code, message, file, line, help }) => ({
    severity,
    code,
    message,
    at: `${file}:${line}`,
    help,
  }))
}

describe('a load balancer', () => {
  it.each([
    [`${PREFIX}scheme: public`, 'load-balancer-invalid', 'Service shop/web: unknown scheme: public'],
    [
      `${PREFIX}multi-cluster-target-group: "true"`,
      'load-balancer-not-emulated',
      `Service shop/web: annotation ${PREFIX}multi-cluster-target-group is not emulated by Neargate`,
    ],
    [
      'service.beta.kubernetes.io/actions.TCP-80: "{}"',
      'load-balancer-not-emulated',
      'Service shop/web: annotation service.beta.kubernetes.io/actions.TCP-80 is not emulated by Neargate',
    ],
    [
      `${PREFIX}target-group-attributes: target_health_state.unhealthy.draining_interval_seconds=10`,
      'load-balancer-not-emulated',
      'Service shop/web: target_health_state.unhealthy.draining_interval_seconds=10 is not emulated by Neargate',
    ],
    [
      `${PREFIX}healthcheck-interval: often`,
      'load-balancer-invalid',
      `Service shop/web: failed to parse int32 annotation, ${PREFIX}healthcheck-interval: often: strconv.ParseInt: parsing "often": invalid syntax`,
    ],
  ])('that cannot be is an error at its annotation: %s', (annotation, code, message) => {
    const problems = found(annotation)
    expect(problems).toMatchObject([{ severity: 'error', code, message, at: 'app.yaml:15' }])
  })

  it('with what the controller ignores, or has by default, is good', () => {
    const accepted = [
      `${PREFIX}type: nlb`,
      `${PREFIX}backend-protocol: tcp`,
      `${PREFIX}cross-zone-load-balancing-enabled: "true"`,
      `${PREFIX}access-log-enabled: "false"`,
    ]
    expect(found(accepted.join(', '))).toEqual([])
  })

  const datagrams = (annotations: string, ports: string) =>
    plan(
      web + service(`{${PREFIX}nlb-target-type: ip${annotations}}`).replace('[{port: 80}]', `[${ports}]`),
    ).problems.map(({ code, line, message }) => `${code}:${line} ${message}`)

  it('of UDP is warned of health checks by TCP where nothing may answer', () => {
    const udp = '{port: 53, protocol: UDP}'
    expect(datagrams('', udp)).toEqual([
      'udp-checked-by-tcp:16 Service shop/web: targets of port 53/UDP are checked by TCP at the same port',
    ])
    expect(datagrams(`, ${PREFIX}healthcheck-port: "80"`, udp)).toEqual([])
    expect(datagrams('', `{name: a, port: 53, protocol: UDP}, {name: b, port: 80, targetPort: 53}`)).toEqual(
      [],
    )
    const both = `{name: a, port: 53, protocol: UDP}, {name: b, port: 53}`
    expect(datagrams(`, ${PREFIX}enable-tcp-udp-listener: "true"`, both)).toEqual([])
    expect(datagrams('', both)).toEqual([
      `load-balancer-invalid:16 Service shop/web: port 53 is of TCP and of UDP, which need one listener: set the annotation ${PREFIX}enable-tcp-udp-listener to "true"`,
    ])
  })

  it('of another class is not looked at', () => {
    expect(found(`${PREFIX}scheme: public`, ', loadBalancerClass: example.com/other')).toEqual([])
  })

  it('of a class by annotation may have no spec at all', () => {
    const text = `
---
apiVersion: v1
kind: Service
metadata: {name: bare, annotations: {${PREFIX}type: nlb-ip}}
`
    expect(plan(web + text).problems.map(({ code }) => code)).toEqual(['object-invalid'])
  })
})

it.each([
  ['nlb-target-typ: ip', `Did you mean ${PREFIX}nlb-target-type?`],
  ['connection-idle-timeout: "60"', undefined],
])('an annotation that nobody reads is a warning: %s', (annotation, help) => {
  const [problem, ...others] = found(`${PREFIX}${annotation}`)
  const name = `${PREFIX}${annotation.split(':')[0]}`
  expect(problem).toMatchObject({
    severity: 'warning',
    code: 'annotation-ignored',
    message: `Service shop/web: the AWS Load Balancer Controller does not read the annotation ${name}`,
    ...(help && { help }),
  })
  expect(others).toEqual([])
})
