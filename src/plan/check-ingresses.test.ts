import { describe, expect, it } from 'vitest'

import { plan, web } from './testing/plan-of.ts'

const PREFIX = 'alb.ingress.kubernetes.io/'

interface Given {
  readonly name?: string
  readonly annotations?: string
  readonly spec?: string
}

function backend(service: string, port = 80): string {
  return `{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: ${service}, port: {number: ${port}}}}}]}}`
}

function ingress({
  name = 'front',
  annotations = '',
  spec = `rules: [${backend('web')}]`,
}: Given = {}): string {
  return `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: ${name}
  namespace: shop
  annotations: {${PREFIX}target-type: ip, ${annotations}}
spec: {ingressClassName: alb, ${spec}}
`
}

const service = `---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
`

function found(...manifests: string[]) {
  return plan(web + service + manifests.join('')).problems.filter(({ code }) => code !== 'price-unknown')
}

describe('an Ingress', () => {
  it.each<[Given, string, string]>([
    [{ annotations: `${PREFIX}scheme: public` }, 'load-balancer-invalid', 'unknown scheme: public'],
    [
      { annotations: `${PREFIX}group.name: A_b` },
      'load-balancer-invalid',
      "invalid ingress group: groupName must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    ],
    [
      { annotations: `${PREFIX}wafv2-acl-arn: arn` },
      'load-balancer-not-emulated',
      `annotation ${PREFIX}wafv2-acl-arn is not emulated by Neargate`,
    ],
    [
      { annotations: `${PREFIX}ssl-redirect: "443"` },
      'load-balancer-invalid',
      'listener does not exist for SSLRedirect port: 443',
    ],
  ])('that cannot be is an error at its annotation: %j', (given, code, message) => {
    expect(found(ingress(given))).toMatchObject([
      { severity: 'error', code, message: `Ingress shop/front: ${message}`, file: 'app.yaml', line: 20 },
    ])
  })

  it('is held against the Services of the files', () => {
    const [wrongPort] = found(ingress({ spec: `rules: [${backend('web', 81)}]` }))
    expect(wrongPort?.message).toContain('unable to find port 81 on service shop/web')
    const [clusterIp] = found(ingress().replace('target-type: ip', 'target-type: instance'))
    expect(clusterIp?.message).toContain('TargetGroup port is empty')
  })

  it.each<[string, string]>([
    ['a Service that the cluster may have', ingress({ spec: `rules: [${backend('other')}]` })],
    ['what is good', ingress()],
    ['certificates found by host', ingress({ annotations: `${PREFIX}listen-ports: '[{"HTTPS":443}]'` })],
    [
      'another class',
      ingress({ annotations: `${PREFIX}scheme: public` }).replace('Name: alb', 'Name: nginx'),
    ],
  ])('is not troubled over %s', (_, manifest) => {
    expect(found(manifest)).toEqual([])
  })

  it.each([
    ['a path without a backend', 'rules: [{http: {paths: [{path: /, pathType: Prefix}]}}]'],
    ['no rules', ''],
  ])('with %s is refused by Kubernetes, and by nothing else', (_, spec) => {
    expect(found(ingress({ spec })).map(({ code }) => code)).toEqual(['object-invalid'])
  })

  it('that disagrees with another of its group is one error', () => {
    const both = ['a', 'b'].map((name) =>
      ingress({
        name,
        annotations: `${PREFIX}group.name: g, ${PREFIX}scheme: ${name === 'a' ? 'internal' : 'internet-facing'}`,
      }),
    )
    expect(found(...both).map(({ message }) => message)).toEqual([
      'Ingress shop/a: conflicting scheme: map[internal:{} internet-facing:{}]',
    ])
  })

  it('needs the controller', () => {
    const { problems } = plan(web + service + ingress(), { config: '' })
    expect(problems).toMatchObject([
      {
        code: 'no-load-balancer-controller',
        message: 'Ingress shop/front needs the AWS Load Balancer Controller, which has no IAM role',
        line: 21,
      },
      { code: 'price-unknown' },
    ])
  })
})

describe('the price of Ingresses', () => {
  it('is one load balancer for a group, and one for each other Ingress', () => {
    const grouped = ['a', 'b'].map((name) => ingress({ name, annotations: `${PREFIX}group.name: g` }))
    const manifests = web + service + [...grouped, ingress({ name: 'c' }), ingress({ name: 'd' })].join('')
    const { cost } = plan(manifests, { region: 'us-east-1' })
    expect(
      cost.items.flatMap(({ name, quantity, hourly }) =>
        name.startsWith('ALB') ? `${quantity} ${name}: ${hourly}` : [],
      ),
    ).toEqual(['1 ALB group g: 0.0225', '1 ALB shop/c: 0.0225', '1 ALB shop/d: 0.0225'])
  })

  it('has the Network Load Balancer in front of it', () => {
    const balancers = (value: string): string[] => {
      const inFront = ingress({ annotations: `${PREFIX}enable-frontend-nlb: "${value}"` })
      const { cost } = plan(web + service + inFront, { region: 'us-east-1' })
      return cost.items.map(({ name }) => name).filter((name) => name.includes('LB'))
    }
    expect(balancers('true')).toEqual(['ALB shop/front', 'NLB in front of shop/front'])
    expect(balancers('perhaps')).toEqual(['ALB shop/front'])
  })

  it('is not known where no figure is', () => {
    const { cost, problems } = plan(web + service + ingress())
    expect(cost.items.find(({ name }) => name === 'ALB shop/front')).toEqual({
      name: 'ALB shop/front',
      detail: 'load balancer',
      quantity: 1,
      note: 'no price known',
    })
    expect(problems.map(({ message }) => message)).toEqual([
      'no price known in ap-southeast-1 for ALB shop/front (load balancer)',
    ])
  })
})
