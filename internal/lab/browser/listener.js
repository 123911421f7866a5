// Runs in listo's own world of every document, before the page's scripts.
document.addEventListener('securitypolicyviolation', (e) => listoIsTold(JSON.stringify({
  directive: e.effectiveDirective, blocked: e.blockedURI, disposition: e.disposition,
  url: e.sourceFile || e.documentURI, line: e.lineNumber, sample: e.sample,
})), true);
listoIsTold('{"here":true}');

function listoShows(element) {
  const box = element.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
}

function listoFinds(selector, text) {
  return [...document.querySelectorAll(selector)].filter((e) => listoShows(e) && (!text || e.textContent.includes(text)));
}

function listoCounts(selector, text) {
  return listoFinds(selector, text).length;
}

// Where to click on the first of them, brought into view.
function listoPlaces(selector) {
  const [element] = listoFinds(selector, '');
  if (!element) return null;
  element.scrollIntoView({ block: 'center', behavior: 'instant' });
  const box = element.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
}

// How many characters the field that has the focus holds; -1 when that is not
// the field in question.
function listoHolds(selector) {
  const field = document.activeElement;
  return field && field.matches(selector) ? (field.value ?? field.textContent).length : -1;
}
