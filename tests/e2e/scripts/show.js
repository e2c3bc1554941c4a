// Shows a message in an overlay as if the room had said it.
(async (message) => {
  const { show, remove } = await import("/web/overlay-captions.js");
  remove(message.id);
  show(message);
})
