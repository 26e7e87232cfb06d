import type { Row } from './row.ts';

const PRODUCE = `<?xml version="1.0"?> <produce>
  <item> <name expired="true" price="12">Gala</name> <count>20</count> </item>
  <item> <name price="40">Honeycrisp</name> <count>10</count> </item>
</produce>`;
const FILE = '<?xml version="1.0"?><file xmlns="https://contoso.com"><location>Paris</location></file>';
const PERSON = '<person id="1"> <name>Sophia Owen</name> <occupation>Engineer</occupation> </person>';

const content = (text: string) => ({
  '$content-type': 'application/xml;charset=utf-8',
  $content: Buffer.from(text).toString('base64'),
});

/** Expressions and their values; many of them are examples of the documentation. */
export const XML: Row[] = [
  [`xml('<name>Sophia Owen</name>')`, content('<name>Sophia Owen</name>')],
  [`xml(json('{"name": "Sophia Owen"}'))`, content('<name>Sophia Owen</name>')],
  [
    `xml(json('{"person": {"@id": 7, "name": "A & B", "ok": true, "none": null, "#text": "x"}}'))`,
    content('<person id="7"><name>A &amp; B</name><ok>true</ok><none/>x</person>'),
  ],
  [
    `xml(json('{"root": {"array": [{"ID": 1}, {"ID": 2}]}}'))`,
    content('<root><array><ID>1</ID></array><array><ID>2</ID></array></root>'),
  ],
  [`xml(xml('<a/>'))`, content('<a/>')],
  [
    `json(xml('<?xml version="1.0"?> <root> ${PERSON} </root>'))`,
    {
      '?xml': { '@version': '1.0' },
      root: { person: { '@id': '1', name: 'Sophia Owen', occupation: 'Engineer' } },
    },
  ],
  [
    `json(xml('<root>${PERSON}<person id="2"/><empty/><blank></blank><mixed a="1">t</mixed></root>'))`,
    {
      root: {
        person: [{ '@id': '1', name: 'Sophia Owen', occupation: 'Engineer' }, { '@id': '2' }],
        empty: null,
        blank: null,
        mixed: { '@a': '1', '#text': 't' },
      },
    },
  ],
  [`xpath(xml('${PRODUCE}'), '/produce/item/name/text()')`, ['Gala', 'Honeycrisp']],
  [`xpath('${PRODUCE}', '//name[@price>35]/text()')`, ['Honeycrisp']],
  [`xpath(xml('${PRODUCE}'), '//name[@expired = ''true'']')`, [content('<name expired="true" price="12">Gala</name>')]],
  [`xpath(xml('${PRODUCE}'), '//name/@price')`, ['12', '40']],
  [`xpath(xml('${PRODUCE}'), 'sum(/produce/item/count)')`, 30],
  [`xpath(xml('${PRODUCE}'), 'count(//item) = 2')`, true],
  [`xpath(xml('${PRODUCE}'), '//none')`, []],
  [
    `xpath(xml('${FILE}'), '/*[name()="file"]/*[name()="location"]')`,
    [content('<location xmlns="https://contoso.com">Paris</location>')],
  ],
  [`xpath(xml('${FILE}'), 'string(/*[local-name()="file"]/*[local-name()="location"])')`, 'Paris'],
];
