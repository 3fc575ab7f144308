import { describe, expect, it } from 'vitest'

import { confirmByName } from './confirm.ts'
import { testApp } from './testing/test-app.ts'

describe('confirmByName', () => {
  it('goes on when the cluster’s name is typed', async () => {
    const asked: string[] = []
    const ask = async (question: string): Promise<string> => {
      asked.push(question)
      return 'shop'
    }
    await confirmByName({ ...testApp().app, ask }, 'shop', 'about $10 a month')
    expect(asked).toEqual(["about $10 a month. Type the cluster's name to go on (shop): "])
  })

  it.each(['', 'yes', 'Shop'])('ends at %j', async (typed) => {
    const app = { ...testApp().app, ask: async () => typed }
    await expect(confirmByName(app, 'shop', 'x')).rejects.toThrow('not confirmed: nothing was changed')
  })

  it('says how a script confirms', async () => {
    await expect(confirmByName(testApp().app, 'shop', 'about $10 a month')).rejects.toMatchObject({
      message: 'about $10 a month: nobody is there to confirm it, so nothing was changed',
      help: expect.stringContaining('--yes'),
    })
  })
})
