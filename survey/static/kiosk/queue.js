"use strict";
/* Answers that wait to be sent: a table on the tablet that page and worker share.
   Keys only grow, so the oldest comes first whatever the clock says. */
const queue = (() => {
  const TABLE = "answers";

  function opened() {
    return new Promise((resolve, reject) => {
      const asked = indexedDB.open("kiosk", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(TABLE, { autoIncrement: true });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  }

  /* Done when the transaction is on the disk, not when it is in memory: a battery may come out. */
  async function run(mode, work) {
    const base = await opened();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = base.transaction(TABLE, mode, { durability: "strict" });
        const asked = work(transaction.objectStore(TABLE));
        transaction.oncomplete = () => resolve(asked.result);
        transaction.onabort = () => reject(transaction.error || asked.error);
      });
    } finally {
      base.close();
    }
  }

  return {
    add: (entry) => run("readwrite", (table) => table.add(entry)),
    keys: () => run("readonly", (table) => table.getAllKeys()),
    get: (key) => run("readonly", (table) => table.get(key)),
    remove: (key) => run("readwrite", (table) => table.delete(key)),
  };
})();
