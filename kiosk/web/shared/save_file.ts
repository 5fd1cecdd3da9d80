// Hands a file made in the page to the browser's downloads.

/** Names must hold nothing personal: they stay behind in a downloads folder. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // Safari starts reading only after this task.
  window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
