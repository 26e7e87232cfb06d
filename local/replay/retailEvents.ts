import type { Interaction, InteractionEvent } from '../../runtime/contracts/events.ts';
import { EVENT_TYPES } from '../../runtime/contracts/names.ts';
import type { RetailRow } from './retailRows.ts';

/** A catalogue entry as `POST /v1/items:batch` takes it. */
export interface CatalogueItem {
  itemId: string;
  title: string;
  categories: string[];
  price?: number;
  available: boolean;
}

/** Codes of postage, fees, manual entries and vouchers: booked like products, never recommended. */
const SERVICE_CODE = /^(POST|DOT|C2|C3|D|M|S|B|PADS|CRUK|BANK CHARGES|AMAZONFEE|GIFT_.*|DCGS.*)$/;

/** The letter case of stock codes varies in the file. */
export function itemIdOf(row: RetailRow): string {
  return row.stockCode.toUpperCase();
}

/**
 * An invoice line as an event. Its id comes from the line number, so that a replay that goes on after an interruption
 * repeats ids and not effects. Invoices `C…` are cancellations: returns. Invoices `A…` correct the books, other negative
 * quantities write stock off: custom actions without an effect on tastes. No customer: an anonymous session per invoice.
 */
export function toEvent(row: RetailRow): InteractionEvent {
  const data: Interaction = {
    ...(row.customer ? { userId: row.customer } : { sessionId: `invoice-${row.invoice}` }),
    itemId: itemIdOf(row),
    action: actionOf(row),
    value: row.unitPrice,
    quantity: Math.abs(row.quantity),
    location: row.country || undefined,
  };
  return {
    specversion: '1.0',
    id: `line-${row.line}`,
    source: '/replay/online-retail',
    type: EVENT_TYPES.interaction,
    time: row.time,
    data,
  };
}

function actionOf(row: RetailRow): string {
  if (row.invoice.startsWith('A')) return 'adjustment';
  if (row.quantity > 0) return 'purchase';
  return row.invoice.startsWith('C') ? 'return' : 'write_off';
}

/** Collects the catalogue from rows: the longest text seen as title, the last positive price. */
export class RetailCatalogue {
  readonly #items = new Map<string, CatalogueItem>();

  add(row: RetailRow): void {
    const itemId = itemIdOf(row);
    let item = this.#items.get(itemId);
    if (!item) {
      item = { itemId, title: itemId, categories: [], available: !SERVICE_CODE.test(itemId) };
      this.#items.set(itemId, item);
    }
    if (row.description.length > item.title.length || item.title === itemId) item.title = row.description || itemId;
    if (row.unitPrice > 0) item.price = row.unitPrice;
  }

  get items(): CatalogueItem[] {
    return [...this.#items.values()];
  }
}
