// Grows with the room.
