// Everything needs a signed-in user, but for the webhooks: Clerk's servers have no session.
import { clerkMiddleware, createRouteMatcher } from '@clerk/nextjs/server';

const isPublic = createRouteMatcher(['/api/webhooks(.*)']);

export default clerkMiddleware(async (auth, request) => {
  if (!isPublic(request)) await auth.protect();
});

export const config = {
  matcher: ['/((?!_next|[^?]*\\.(?:html?|css|js|jpe?g|png|svg|ico|woff2?)).*)', '/(api|trpc)(.*)'],
};
