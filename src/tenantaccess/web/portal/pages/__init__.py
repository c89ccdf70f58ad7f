"""The pages, a room each: what they show, and what their forms do."""
