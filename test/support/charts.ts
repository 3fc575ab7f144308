// Owns what is asked of each chart in test/charts: a resource that its users write, one that is refused, and how it prints.

export interface ChartSample {
  readonly chart: string
  /** What the chart's own hooks would have made, were they real: `kubectl` arguments. */
  readonly before?: readonly string[]
  readonly good: Sample
  /** The same resource with a mistake, and a part of what the server says to it. */
  readonly bad: { readonly spec: unknown; readonly message: string }
  /** Titles of `kubectl get -o wide`, and the cells of `good` before its age. */
  readonly table: readonly [titles: string, cells: string]
}

interface Sample {
  readonly apiVersion: string
  readonly kind: string
  /** As kubectl names the resource. */
  readonly resource: string
  readonly spec: unknown
}

export const chartSamples: readonly ChartSample[] = [
  {
    chart: 'cert-manager',
    good: {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      resource: 'certificates',
      spec: { secretName: 'tls', issuerRef: { name: 'ca', kind: 'Issuer' } },
    },
    bad: {
      spec: { secretName: 'tls', issuerRef: { name: 'ca' }, additionalOutputFormats: [{ type: 'PEM' }] },
      message:
        'spec.additionalOutputFormats[0].type: Unsupported value: "PEM": supported values: "DER", "CombinedPEM"',
    },
    table: ['NAME READY SECRET ISSUER STATUS EXPIRATION AGE', 'sample tls ca'],
  },
  {
    chart: 'ingress-nginx',
    good: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      resource: 'ingresses',
      spec: {
        ingressClassName: 'nginx',
        rules: [
          {
            host: 'shop.example.com',
            http: {
              paths: [
                {
                  path: '/',
                  pathType: 'Prefix',
                  backend: { service: { name: 'web', port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      },
    },
    bad: {
      spec: {
        ingressClassName: 'nginx',
        rules: [
          { http: { paths: [{ path: 'x', pathType: 'Prefix', backend: { service: { name: 'web' } } }] } },
        ],
      },
      message: 'spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path',
    },
    table: ['NAME CLASS HOSTS ADDRESS PORTS AGE', 'sample nginx shop.example.com 80'],
  },
  {
    chart: 'argo-cd',
    good: {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      resource: 'applications',
      spec: { project: 'default', destination: { server: 'https://kubernetes.default.svc' } },
    },
    bad: { spec: { project: 'default' }, message: 'spec.destination: Required value' },
    table: ['NAME SYNC STATUS HEALTH STATUS REVISION PROJECT', 'sample default'],
  },
  {
    chart: 'kube-prometheus-stack',
    good: {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'Prometheus',
      resource: 'prometheuses',
      spec: { replicas: 2 },
    },
    bad: {
      spec: { replicas: 'two' },
      message:
        'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"',
    },
    table: ['NAME VERSION DESIRED READY RECONCILED AVAILABLE AGE PAUSED', 'sample 2'],
  },
  {
    chart: 'external-dns',
    good: {
      apiVersion: 'externaldns.k8s.io/v1alpha1',
      kind: 'DNSEndpoint',
      resource: 'dnsendpoints',
      spec: { endpoints: [{ dnsName: 'shop.example.com' }] },
    },
    bad: {
      spec: { endpoints: [{ dnsName: 1 }] },
      message: 'spec.endpoints[0].dnsName in body must be of type string: "integer"',
    },
    table: ['NAME AGE', 'sample'],
  },
  {
    chart: 'external-secrets',
    good: {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      resource: 'externalsecrets',
      spec: { secretStoreRef: { name: 'aws', kind: 'SecretStore' } },
    },
    bad: {
      spec: { secretStoreRef: { name: 'Not_A_Name' } },
      message: 'spec.secretStoreRef.name in body should match',
    },
    table: ['NAME STORETYPE STORE REFRESH INTERVAL STATUS READY LAST SYNC', 'sample SecretStore aws 1h0m0s'],
  },
  {
    chart: 'karpenter',
    good: {
      apiVersion: 'karpenter.k8s.aws/v1',
      kind: 'EC2NodeClass',
      resource: 'ec2nodeclasses',
      spec: {
        role: 'nodes',
        amiSelectorTerms: [{ alias: 'al2023@latest' }],
        subnetSelectorTerms: [{ tags: { cluster: 'demo' } }],
        securityGroupSelectorTerms: [{ tags: { cluster: 'demo' } }],
      },
    },
    bad: {
      spec: {
        role: 'nodes',
        amiSelectorTerms: [{ alias: 'al2023@latest' }, { alias: 'arch@latest' }],
        subnetSelectorTerms: [{ tags: { cluster: 'demo' } }],
        securityGroupSelectorTerms: [{ tags: { cluster: 'demo' } }],
      },
      message: "failed rule: self.split('@')[0] in",
    },
    table: ['NAME READY AGE ROLE', 'sample'],
  },
  {
    chart: 'keda',
    good: {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      resource: 'scaledobjects',
      spec: {
        scaleTargetRef: { name: 'web' },
        minReplicaCount: 1,
        maxReplicaCount: 5,
        triggers: [{ type: 'cpu', metadata: { value: '50' } }],
      },
    },
    bad: {
      spec: { scaleTargetRef: { name: '' }, triggers: [{ type: 'cpu', metadata: { value: '50' } }] },
      message: 'spec.scaleTargetRef.name in body should be at least 1 chars long',
    },
    table: [
      'NAME SCALETARGETKIND SCALETARGETNAME MIN MAX READY ACTIVE FALLBACK PAUSED TRIGGERS AUTHENTICATIONS AGE',
      'sample web 1 5',
    ],
  },
  {
    chart: 'crossplane-provider',
    good: {
      apiVersion: 'kubernetes.crossplane.io/v1alpha1',
      kind: 'ProviderConfig',
      resource: 'providerconfigs.kubernetes.crossplane.io',
      spec: { credentials: { source: 'InjectedIdentity' } },
    },
    bad: {
      spec: { credentials: { source: 'Guess' } },
      message: 'spec.credentials.source: Unsupported value: "Guess": supported values: "None", "Secret"',
    },
    table: ['NAME AGE SECRET-NAME', 'sample'],
  },
  {
    chart: 'ack-s3',
    good: {
      apiVersion: 's3.services.k8s.aws/v1alpha1',
      kind: 'Bucket',
      resource: 'buckets',
      spec: { name: 'logs' },
    },
    bad: { spec: {}, message: 'spec.name: Required value' },
    table: ['NAME AGE', 'sample'],
  },
  {
    chart: 'istio-base',
    good: {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      resource: 'virtualservices',
      spec: { hosts: ['shop.example.com'], gateways: ['edge'] },
    },
    bad: {
      spec: { hosts: 'shop.example.com' },
      message: 'spec.hosts in body must be of type array: "string"',
    },
    table: ['NAME GATEWAYS HOSTS AGE', 'sample ["edge"] ["shop.example.com"]'],
  },
  {
    chart: 'aws-load-balancer-controller',
    good: {
      apiVersion: 'elbv2.k8s.aws/v1beta1',
      kind: 'TargetGroupBinding',
      resource: 'targetgroupbindings',
      spec: { serviceRef: { name: 'web', port: 80 }, targetGroupName: 'web' },
    },
    bad: { spec: { serviceRef: { name: 'web' } }, message: 'spec.serviceRef.port: Required value' },
    table: ['NAME SERVICE-NAME SERVICE-PORT TARGET-TYPE ARN NAME AGE', 'sample web 80 web'],
  },
]
