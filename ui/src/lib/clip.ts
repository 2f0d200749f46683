/** A text of at most so many characters. */
export const clippedAt = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
