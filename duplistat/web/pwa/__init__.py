"""The pages as an app on a phone (a progressive web app)."""
