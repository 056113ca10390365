<?php
/**
 * A line above the administration's pages when submissions have waited for long: nobody looks at a settings page in time.
 */

namespace Ringback;

defined( 'ABSPATH' ) || exit;

final class Notice {

	const LONG = HOUR_IN_SECONDS;

	public static function open(): void {
		add_action( 'admin_notices', array( self::class, 'show' ) );
	}

	public static function show(): void {
		$screen = get_current_screen();
		if ( ! current_user_can( SettingsPage::MAY ) || ( $screen && 'settings_page_' . SettingsPage::PAGE === $screen->id ) ) {
			return;
		}
		$state = Queue::state();
		if ( $state->waiting && time() - (int) $state->since > self::LONG ) {
			/* translators: %d: how many submissions */
			$words = sprintf( _n( 'Ringback: %d submission waits to be sent.', 'Ringback: %d submissions wait to be sent.', (int) $state->waiting, 'ringback' ), (int) $state->waiting );
			echo '<div class="notice notice-warning"><p>' . esc_html( $words . ' ' . Words::of( $state->error ) ) . ' <a href="' . esc_url( SettingsPage::address() ) . '">' . esc_html__( 'Have a look', 'ringback' ) . '</a></p></div>';
		}
	}
}
