import { expect, it } from 'vitest'

import type { AccessEntry } from '../../../../network/alb/access-entry.ts'
import { accessLine, connectionLine, logKey } from './lines.ts'

const at = Date.parse('2026-07-02T22:23:00.186Z')
const entry: AccessEntry = {
  type: 'http',
  endMs: at,
  createdMs: at - 66,
  clientIp: '192.168.131.39',
  clientPort: 2817,
  status: 503,
  receivedBytes: 34,
  sentBytes: 366,
  receivedBodyBytes: 0,
  sentBodyBytes: 0,
  method: 'GET',
  url: 'http://www.example.com:80/',
  httpVersion: '1.1',
  rulePriority: 0,
  actions: ['forward'],
  connectionId: 'TID_1234',
}

it('tells what was not reached by -1 and -', () => {
  expect(accessLine(entry, 'app/web/50dc')).toBe(
    'http 2026-07-02T22:23:00.186000Z app/web/50dc 192.168.131.39:2817 - -1 -1 -1 503 - 34 366 ' +
      '"GET http://www.example.com:80/ HTTP/1.1" "-" - - - "-" "-" "-" 0 2026-07-02T22:23:00.120000Z ' +
      '"forward" "-" "-" "-" "-" "-" "-" TID_1234',
  )
})

it('tells of the target, of TLS and of the trace', () => {
  const line = accessLine(
    {
      ...entry,
      type: 'https',
      status: 200,
      target: '10.0.0.1:80',
      targetStatus: 200,
      requestMs: 1,
      targetMs: 12,
      responseMs: 0,
      userAgent: 'curl/8 "x"',
      tls: { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', serverName: 'www.example.com' },
      targetGroupArn: 'arn:tg',
      traceId: 'Root=1-58337281-1d84',
      certificateArn: 'arn:cert',
      rulePriority: 7,
    },
    'app/web/50dc',
  )
  expect(line.split(' ').slice(4, 10)).toEqual(['10.0.0.1:80', '0.001', '0.012', '0.000', '200', '200'])
  expect(line).toContain(
    ' "curl/8 \\x22x\\x22" TLS_AES_128_GCM_SHA256 TLSv1.3 arn:tg "Root=1-58337281-1d84" "www.example.com" "arn:cert" 7 ',
  )
  expect(line).toContain(' "forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1234')
})

it('tells how a request was classified, and why', () => {
  const classified = {
    ...entry,
    classification: 'Ambiguous',
    classificationReason: 'UndefinedContentLengthSemantics',
  }
  expect(accessLine(classified, 'app/web/50dc')).toMatch(
    / "-" "-" "Ambiguous" "UndefinedContentLengthSemantics" TID_1234$/,
  )
})

it.each([
  [
    { prefix: 'shop', loadBalancer: 'app/web/50dc', ip: '10.0.0.9' },
    'shop/AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/07/02/111122223333_elasticloadbalancing_eu-west-1_app.web.50dc_20260702T2223Z_10.0.0.9_abcdefgh.log.gz',
  ],
  [
    { prefix: '', loadBalancer: 'net/web/50dc' },
    'AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/07/02/111122223333_elasticloadbalancing_eu-west-1_net.web.50dc_20260702T2223Z_abcdefgh.log.gz',
  ],
])('has its files named as AWS names them: %j', (change, expected) => {
  const file = {
    isCompressed: true,
    log: 'access_logs',
    accountId: '111122223333',
    region: 'eu-west-1',
    endMs: at,
    random: 'abcdefgh',
  } as const
  expect(logKey({ ...file, ...change })).toBe(expected)
})

it('has files of connections begin with conn_log', () => {
  const file = {
    accountId: '1',
    region: 'eu-west-1',
    endMs: at,
    random: 'abcdefgh',
    prefix: '',
    ip: '10.0.0.9',
  }
  expect(
    logKey({ ...file, isCompressed: true, log: 'connection_logs', loadBalancer: 'app/web/50dc' }),
  ).toMatch(
    /\/02\/conn_log_1_elasticloadbalancing_eu-west-1_app\.web\.50dc_20260702T2223Z_10\.0\.0\.9_abcdefgh\.log\.gz$/,
  )
})

const connection = {
  atMs: at,
  clientIp: '203.0.113.1',
  clientPort: 36_280,
  listenerPort: 443,
  connectionId: 'TID_1',
}
const certificate = {
  subject: 'CN=amazondomains.com,O=endEntity',
  validity: 'NotBefore=2023-09-21T22:43:21Z;NotAfter=2026-06-17T22:43:21Z',
  serialNumber: 'FEF257372D5C14D4',
}
const tls = { version: 'TLSv1.2', cipher: 'ECDHE-RSA-AES128-GCM-SHA256' }

it.each([
  [
    { tls, certificate, handshakeMs: 4036, status: 'Success' as const },
    `443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 "${certificate.subject}" ${certificate.validity} FEF257372D5C14D4 Success`,
  ],
  [
    { tls, certificate, status: 'ClientCertUntrusted' as const },
    `443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 - "${certificate.subject}" ${certificate.validity} FEF257372D5C14D4 Failed:ClientCertUntrusted`,
  ],
  [{ listenerPort: 80 }, '80 - - - "-" - - -'],
])('tells of a connection: %j', (change, expected) => {
  expect(connectionLine({ ...connection, ...change }, 'app/web/50dc', '10.0.0.9')).toBe(
    `2026-07-02T22:23:00.186000Z 203.0.113.1 36280 ${expected} TID_1 - app/web/50dc 10.0.0.9`,
  )
})
