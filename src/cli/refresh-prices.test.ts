import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { describe, expect, it, onTestFinished } from 'vitest'

import { priceBook } from '../rules/prices/price.ts'
import { withPriceFiles } from '../rules/prices/price-file.ts'
import { refreshPrices, type RefreshedPrices } from './refresh-prices.ts'

const HEAD = `"FormatVersion","v1.0"
"Disclaimer","This pricing list is for informational purposes only."
"Publication Date","2026-11-20T10:00:00Z"
"Version","20261120100000"
"OfferCode","AmazonEC2"
"SKU","TermType","PricePerUnit","Currency","Product Family","Instance Type","Tenancy","Operating System","Pre Installed S/W","CapacityStatus","usageType","operation"
`
const line = (usage: string, usd: string, operation = ''): string =>
  `"A","OnDemand","${usd}","USD","","","","","","","${usage}","${operation}"\r\n`
const FILES: Record<string, string> = {
  '/offers/v1.0/aws/AmazonEC2/current/eu-west-3/index.csv': `${HEAD}"A","OnDemand","0.0944","USD","Compute Instance","t3.large","Shared","Linux","NA","Used","EUW3-BoxUsage:t3.large","RunInstances"
${line('EUW3-NatGateway-Hours', '0.05')}${line('EUW3-EBS:VolumeUsage.gp3', '0.0928')}`,
  '/offers/v1.0/aws/AmazonECS/current/eu-west-3/index.csv': `${HEAD}${line('EUW3-Fargate-vCPU-Hours:perCPU', '0.0486')}${line('EUW3-Fargate-GB-Hours', '0.0053')}`,
}

/** A server of files of the published form; the requests that it answered, with their statuses. */
async function priceList(): Promise<{ from: string; answered: string[] }> {
  const answered: string[] = []
  const server = createServer((request, response) => {
    const text = FILES[request.url ?? '']
    const isKnown = text !== undefined && request.headers['if-none-match'] === '"v1"'
    const status = text === undefined ? 404 : isKnown ? 304 : 200
    answered.push(`${status} ${request.url?.split('/')[4]}`)
    response.writeHead(status, { etag: '"v1"' }).end(status === 200 ? text : '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { from: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, answered }
}

function refresh(from: string, known: RefreshedPrices = {}, told: string[] = []): Promise<RefreshedPrices> {
  return refreshPrices({ from, regions: ['eu-west-3'], known, onFile: (text) => told.push(text) })
}

describe("AWS's price list", () => {
  it('fills in the prices of a region, with the day that it was published', async () => {
    const { from } = await priceList()
    const told: string[] = []
    const book = priceBook(withPriceFiles([await refresh(from, {}, told)]))
    const figure = { date: '2026-11-20', source: "AWS's public price list, AmazonEC2 in eu-west-3" }
    expect(book.instanceHour('eu-west-3', 't3.large')).toEqual({ usd: 0.0944, ...figure })
    expect(book.natHour('eu-west-3')).toEqual({ usd: 0.05, ...figure })
    expect(book.gp3Month('eu-west-3')?.usd).toBe(0.0928)
    expect(book.fargateHour('eu-west-3', { vcpu: 1, memoryGB: 2 })).toBeCloseTo(0.0592, 9)
    expect(told).toEqual([
      'AmazonEC2 eu-west-3: 3 prices, published 2026-11-20',
      'AmazonECS eu-west-3: 2 prices, published 2026-11-20',
    ])
  })

  it('is not read again while it is the same', async () => {
    const { from, answered } = await priceList()
    const first = await refresh(from)
    expect(await refresh(from, first)).toEqual(first)
    expect(answered.slice(3)).toEqual(['304 AmazonEC2', '304 AmazonECS', '404 AWSELB'])
  })

  it('says what is missing', async () => {
    const { from } = await priceList()
    const nowhere = refreshPrices({ from, regions: ['mars-1'], known: {}, onFile: () => undefined })
    await expect(nowhere).rejects.toThrow('AmazonEC2/current/mars-1/index.csv: HTTP 404')
    await expect(refresh('http://127.0.0.1:9')).rejects.toThrow('does not answer')
  })
})
