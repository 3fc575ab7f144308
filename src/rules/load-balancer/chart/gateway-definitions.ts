// Owns the definitions of the kinds by which Gateways are configured. The controller has no webhooks for them, so that what
// the definitions say is all that judges them before it does.
// Source: aws-load-balancer-controller v3.5.0, apis/gateway/v1: fields, defaults, columns and rules.
import { define, listOf, object, oneOf, STRING, type Definition, type Schema } from './definition.ts'

const GROUP = 'gateway.k8s.aws'
const BOOLEAN: Schema = { type: 'boolean' }
const INT32: Schema = { type: 'integer', format: 'int32' }
const INT64: Schema = { type: 'integer', format: 'int64' }
const mapOf = (additionalProperties: Schema): Schema => ({ type: 'object', additionalProperties })
const withDefault = (value: unknown, schema: Schema): Schema => ({ ...schema, default: value })
const withRules = (
  schema: Schema,
  ...rules: readonly (readonly [rule: string, message: string])[]
): Schema => ({
  ...schema,
  'x-kubernetes-validations': rules.map(([rule, message]) => ({ rule, message })),
})
const TAGS = mapOf(STRING)
const ATTRIBUTES = listOf(object({ key: STRING, value: STRING }, ['key', 'value']))
const OBSERVED = object({
  observedGatewayConfigurationGeneration: INT64,
  observedGatewayClassConfigurationGeneration: INT64,
})

function ofGateways(
  kind: string,
  {
    spec,
    status,
    columns = [],
  }: { spec: Schema; status: Schema; columns?: readonly (readonly [string, string])[] },
): Definition {
  return define(
    { group: GROUP, kind, plural: `${kind.toLowerCase()}s`, scope: 'Namespaced', version: 'v1' },
    {
      spec,
      status,
      columns,
      older: ['v1beta1'],
      deprecation: `${GROUP}/v1beta1 ${kind} is deprecated; use ${GROUP}/v1 instead`,
    },
  )
}

const mutualAuthentication = withRules(
  object(
    {
      mode: oneOf('off', 'passthrough', 'verify'),
      trustStore: STRING,
      ignoreClientCertificateExpiry: BOOLEAN,
      advertiseTrustStoreCaNames: oneOf('on', 'off'),
    },
    ['mode'],
  ),
  [
    "!(self.mode == 'verify' && !has(self.trustStore))",
    "trustStore is required when mutualAuthentication mode is 'verify'",
  ],
  ...['trustStore', 'ignoreClientCertificateExpiry', 'advertiseTrustStoreCaNames'].map(
    (field) =>
      [
        `!(self.mode != 'verify' && has(self.${field}))`,
        `Mutual Authentication mode 'off' or 'passthrough' does not support '${field}'`,
      ] as const,
  ),
)

const PORT = String.raw`6553[0-5]|655[0-2]\d|65[0-4]\d{2}|6[0-4]\d{3}|[1-5]\d{4}|[1-9]\d{0,3}`

const loadBalancerSpec = object({
  mergingMode: oneOf('prefer-gateway', 'prefer-gateway-class'),
  loadBalancerName: { ...STRING, minLength: 1, maxLength: 32 },
  scheme: oneOf('internal', 'internet-facing'),
  ipAddressType: oneOf('ipv4', 'dualstack', 'dualstack-without-public-ipv4'),
  enforceSecurityGroupInboundRulesOnPrivateLinkTraffic: STRING,
  customerOwnedIpv4Pool: STRING,
  ipv4IPAMPoolId: STRING,
  loadBalancerSubnets: listOf(
    object({
      identifier: STRING,
      eipAllocation: STRING,
      privateIPv4Allocation: STRING,
      ipv6Allocation: STRING,
      sourceNatIPv6Prefix: STRING,
    }),
  ),
  loadBalancerSubnetsSelector: mapOf(listOf(STRING)),
  listenerConfigurations: listOf(
    object(
      {
        protocolPort: { ...STRING, pattern: `^(HTTP|HTTPS|TLS|TCP|UDP|TCP_UDP)?:(${PORT})?$` },
        defaultCertificate: STRING,
        certificates: listOf(STRING),
        sslPolicy: STRING,
        alpnPolicy: withDefault(
          'None',
          oneOf('HTTP1Only', 'HTTP2Only', 'HTTP2Optional', 'HTTP2Preferred', 'None'),
        ),
        targetGroupStickiness: BOOLEAN,
        mutualAuthentication,
        listenerAttributes: ATTRIBUTES,
        quicEnabled: BOOLEAN,
      },
      ['protocolPort'],
    ),
  ),
  disableSecurityGroup: BOOLEAN,
  securityGroups: listOf(STRING),
  securityGroupPrefixes: listOf(STRING),
  sourceRanges: listOf(STRING),
  loadBalancerAttributes: ATTRIBUTES,
  tags: TAGS,
  enableICMP: BOOLEAN,
  manageBackendSecurityGroupRules: BOOLEAN,
  minimumLoadBalancerCapacity: object({ capacityUnits: INT32 }, ['capacityUnits']),
  wafV2: object({ webACL: STRING }, ['webACL']),
  shieldConfiguration: object({ enabled: BOOLEAN }),
  defaultTargetGroupConfiguration: object({ name: STRING }, ['name']),
})

const nodeSelector: Schema = {
  ...object({
    matchExpressions: {
      ...listOf(
        object(
          {
            key: STRING,
            operator: STRING,
            values: { ...listOf(STRING), 'x-kubernetes-list-type': 'atomic' },
          },
          ['key', 'operator'],
        ),
      ),
      'x-kubernetes-list-type': 'atomic',
    },
    matchLabels: mapOf(STRING),
  }),
  'x-kubernetes-map-type': 'atomic',
}

const targetGroupProps = object({
  targetGroupName: STRING,
  ipAddressType: oneOf('ipv4', 'ipv6'),
  healthCheckConfig: object({
    healthyThresholdCount: INT32,
    healthCheckInterval: INT32,
    healthCheckPath: STRING,
    healthCheckPort: STRING,
    healthCheckProtocol: oneOf('HTTP', 'HTTPS', 'TCP'),
    healthCheckTimeout: INT32,
    unhealthyThresholdCount: INT32,
    matcher: object({ httpCode: STRING, grpcCode: STRING }),
  }),
  nodeSelector,
  targetGroupAttributes: ATTRIBUTES,
  targetType: oneOf('instance', 'ip'),
  protocol: oneOf('HTTP', 'HTTPS', 'TCP', 'TLS', 'UDP', 'TCP_UDP'),
  protocolVersion: oneOf('HTTP1', 'HTTP2', 'GRPC'),
  targetControlPort: INT32,
  enableMultiCluster: BOOLEAN,
  tags: TAGS,
})

const targetGroupSpec = object({
  targetReference: object(
    { group: withDefault('', STRING), kind: withDefault('Service', STRING), name: STRING },
    ['name'],
  ),
  defaultConfiguration: targetGroupProps,
  routeConfigurations: listOf(
    object({ routeIdentifier: object({ kind: STRING, namespace: STRING, name: STRING }), targetGroupProps }, [
      'routeIdentifier',
      'targetGroupProps',
    ]),
  ),
})

const session: Schema = {
  scope: withDefault('openid', STRING),
  authenticationRequestExtraParams: { ...mapOf(STRING), maxProperties: 10 },
  onUnauthenticatedRequest: withDefault('authenticate', oneOf('deny', 'allow', 'authenticate')),
  sessionCookieName: withDefault('AWSELBAuthSessionCookie', STRING),
  sessionTimeout: withDefault(604_800, { ...INT64, minimum: 1, maximum: 604_800 }),
}

const jwtValidation = object(
  {
    issuer: { ...STRING, maxLength: 256 },
    jwksEndpoint: { ...STRING, maxLength: 256 },
    additionalClaims: listOf(
      object(
        {
          format: oneOf('single-string', 'string-array', 'space-separated-values'),
          name: { ...STRING, minLength: 1 },
          values: { ...listOf({ ...STRING, maxLength: 256 }), minItems: 1, maxItems: 10 },
        },
        ['format', 'name', 'values'],
      ),
    ),
  },
  ['issuer', 'jwksEndpoint'],
)

const fixedResponse = object(
  {
    statusCode: withRules(INT32, [
      '(self >= 200 && self <= 299) || (self >= 400 && self <= 599)',
      'StatusCode must be a valid HTTP status code in the 2XX, 4XX, or 5XX range',
    ]),
    contentType: withDefault(
      'text/plain',
      oneOf('text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'),
    ),
    messageBody: STRING,
  },
  ['statusCode'],
)

/** The settings of actions, by their type. */
const ACTIONS: readonly (readonly [type: string, member: string, schema: Schema])[] = [
  [
    'forward',
    'forwardConfig',
    object({
      targetGroupStickinessConfig: withDefault(
        {},
        object({
          durationSeconds: withDefault(3600, { ...INT32, minimum: 1, maximum: 604_800 }),
          enabled: withDefault(false, BOOLEAN),
        }),
      ),
    }),
  ],
  ['redirect', 'redirectConfig', object({ query: withDefault('#{query}', STRING) })],
  ['fixed-response', 'fixedResponseConfig', fixedResponse],
  [
    'authenticate-cognito',
    'authenticateCognitoConfig',
    object({ userPoolArn: STRING, userPoolClientId: STRING, userPoolDomain: STRING, ...session }, [
      'userPoolArn',
      'userPoolClientId',
      'userPoolDomain',
    ]),
  ],
  [
    'authenticate-oidc',
    'authenticateOIDCConfig',
    object(
      {
        authorizationEndpoint: STRING,
        issuer: STRING,
        secret: object({ name: STRING }, ['name']),
        tokenEndpoint: STRING,
        userInfoEndpoint: STRING,
        useExistingClientSecret: BOOLEAN,
        ...session,
      },
      ['authorizationEndpoint', 'issuer', 'secret', 'tokenEndpoint', 'userInfoEndpoint'],
    ),
  ],
  ['jwt-validation', 'jwtValidationConfig', jwtValidation],
]

const action = withRules(
  object(
    {
      type: oneOf(
        'forward',
        'fixed-response',
        'redirect',
        'authenticate-cognito',
        'authenticate-oidc',
        'jwt-validation',
      ),
      ...Object.fromEntries(ACTIONS.map(([, member, schema]) => [member, schema])),
    },
    ['type'],
  ),
  ...ACTIONS.map(
    ([type, member]) =>
      [
        `has(self.type) && self.type == '${type}' ? has(self.${member}) : !has(self.${member})`,
        `${member} must be specified only when type is '${type}'`,
      ] as const,
  ),
)

const anyOf = (types: readonly string[]): string => types.map((type) => `a.type == '${type}'`).join(' || ')
const BEFORE_ROUTING = ['authenticate-oidc', 'authenticate-cognito', 'jwt-validation']
const ROUTING = ['fixed-response', 'forward', 'redirect']

const listenerRuleSpec = withRules(
  object({
    actions: { ...listOf(action), minItems: 1, maxItems: 2 },
    conditions: {
      ...listOf(
        withRules(
          object(
            {
              field: oneOf('source-ip'),
              sourceIPConfig: object({ values: { ...listOf(STRING), minItems: 1 } }, ['values']),
              matchIndexes: listOf({ type: 'integer' }),
            },
            ['field'],
          ),
          [
            "has(self.field) && self.field == 'source-ip' ? has(self.sourceIPConfig) : !has(self.sourceIPConfig)",
            "sourceIPConfig must be specified only when field is 'source-ip'",
          ],
        ),
      ),
      minItems: 1,
    },
    tags: TAGS,
  }),
  [
    '!has(self.actions) || size(self.actions) > 0',
    'At least one action must be specified if actions field is present',
  ],
  [
    `!has(self.actions) || self.actions.all(a, ${anyOf([...BEFORE_ROUTING, ...ROUTING])})`,
    'Only forward, redirect, authenticate-oidc, authenticate-cognito, jwt-validation, and fixed-response action types are supported',
  ],
  [
    `!has(self.actions) || size(self.actions.filter(a, ${anyOf(BEFORE_ROUTING)})) <= 1`,
    'At most one pre-routing action (authenticate-oidc, authenticate-cognito, or jwt-validation) can be specified',
  ],
  [
    `!has(self.actions) || size(self.actions.filter(a, ${anyOf(ROUTING)})) <= 1`,
    'At most one routing action (fixed-response or forward or redirect) can be specified',
  ],
)

/** The three kinds of the group `gateway.k8s.aws`. */
export const gatewayDefinitions: readonly Definition[] = [
  ofGateways('LoadBalancerConfiguration', { spec: loadBalancerSpec, status: OBSERVED }),
  ofGateways('TargetGroupConfiguration', {
    spec: targetGroupSpec,
    status: OBSERVED,
    columns: [['SERVICE-NAME', '.spec.targetReference.name']],
  }),
  ofGateways('ListenerRuleConfiguration', {
    spec: listenerRuleSpec,
    status: object({ observedGeneration: INT64, accepted: BOOLEAN, message: STRING }),
  }),
]
