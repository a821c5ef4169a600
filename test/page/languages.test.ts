import { atrClasses, lipClasses } from '../../packages/core/src/render/try-on/class-maps.ts';
import { afterEach, expect, test } from 'vitest';
import { cihp, lip, tableOf } from '../../packages/compiler/src/m2fp/class-tables.ts';
import { portraitLabels } from '../../packages/compiler/src/portrait/labels.ts';
import { fashnClasses, pascalClasses } from '../../packages/compiler/src/semantic/labels.ts';
import { chineseName, classGroup } from '../../packages/page/src/browser/i18n/class-names.ts';
import { photoOfOne } from '../support/portrait/samples.ts';
import { startRealService } from '../support/real-service.ts';
import { brokenPhoto, describePage, drop, expectNoSidewaysScrolling, fileOf, phone } from '../support/page/visit.ts';
import { endWorkers } from '../support/worker/worker-process.ts';

test('each class of each data set has a Chinese name and a group', () => {
  const tables = [cihp, lip, tableOf('mhpv2_parsing_val'), tableOf('pascal-person-part')].flatMap(
    (table) => table?.names ?? [],
  );
  const portrait = portraitLabels.map(({ name }) => name);
  const names = [...tables, ...portrait, ...lipClasses, ...atrClasses, ...pascalClasses, ...fashnClasses];
  expect(names.length).toBeGreaterThan(150);
  expect(names.filter((name) => !/\p{Script=Han}/u.test(chineseName(name) ?? ''))).toEqual([]);
  const loose = ['Background', 'Backpack', 'Ball', 'Bats', 'Bottle', 'Carrybag', 'Cases', 'Umbrella', 'Wallet/Purse'];
  const other = names.filter((name) => classGroup(name) === 'other' && !/^background$/i.test(name));
  expect([...new Set(other)].sort()).toEqual([...loose.slice(1), 'Bag', 'bag'].sort());
});

describePage('the page in Chinese', ({ open, shoot }) => {
  afterEach(endWorkers);

  test('by the browser’s language, with a switch that is remembered', async () => {
    const api = await startRealService('portrait');
    const page = await open(api.url, { ...phone, locale: 'zh-CN' });
    await page.getByText('选择照片').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    await drop(page, [fileOf('one.jpg', await photoOfOne()), brokenPhoto]);
    await page.locator('article canvas').first().waitFor();
    await page.locator('article').getByText('左眼').waitFor();
    await page.locator('article').getByText('头发与头部').waitFor();
    await page.locator('#photos li[data-outcome=failed]').getByText('不是图片').waitFor();
    await page.getByText('选项', { exact: true }).click();
    await expectNoSidewaysScrolling(page);
    await shoot(page, 'chinese-phone');
    // Whatever is left in English is a name, or a program.
    const text = await page.evaluate<string>(`(() => {
      const isMeant = ({ parentElement }) => parentElement.closest('code, select, script') === null;
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const texts = [];
      while (walker.nextNode()) if (isMeant(walker.currentNode)) texts.push(walker.currentNode.data);
      return texts.join(' ');
    })()`);
    const words = text.match(/\b[A-Za-z]{4,}\b/g) ?? [];
    const names =
      /^(JPEG|WebP|AVIF|COCO|json|JavaScript|Python|curl|PASCAL|notes|masks|colormap|instances|overlay|portrait)$/;
    expect([...new Set(words)].filter((word) => !names.test(word))).toEqual([]);

    await page.getByLabel('语言').selectOption('en');
    await page.locator('article').getByText('Hair and head').waitFor();
    await page.reload();
    await page.locator('article').getByText('Hair and head').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });
});
