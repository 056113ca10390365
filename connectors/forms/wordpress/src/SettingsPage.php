<?php
/**
 * Settings, Ringback: the address, the secret, what is sent, a test, and what waits.
 */

namespace Ringback;

defined( 'ABSPATH' ) || exit;

final class SettingsPage {

	const PAGE = 'ringback';
	const MAY  = 'manage_options';
	const ROWS = 20;
	const TEST = 'ringback_test';
	const SEND = 'ringback_send_now';

	public static function open(): void {
		add_action( 'admin_menu', function () {
			add_options_page( 'Ringback', 'Ringback', self::MAY, self::PAGE, array( self::class, 'show' ) );
		} );
		add_action( 'admin_init', function () {
			register_setting( self::PAGE, Settings::OPTION, array( 'type' => 'array', 'sanitize_callback' => array( Settings::class, 'accepted' ) ) );
		} );
		add_action( 'admin_post_' . self::TEST, array( self::class, 'test' ) );
		add_action( 'admin_post_' . self::SEND, array( self::class, 'send' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( FILE ), function ( $links ) {
			return array_merge( array( '<a href="' . esc_url( self::address() ) . '">' . esc_html__( 'Settings', 'ringback' ) . '</a>' ), $links );
		} );
	}

	public static function address(): string {
		return admin_url( 'options-general.php?page=' . self::PAGE );
	}

	/** The button “Send a test”: the hub answers, and makes nothing of it. */
	public static function test(): void {
		self::admit( self::TEST );
		$uuid  = wp_generate_uuid4();
		$error = Delivery::send( $uuid, Submission::test( $uuid ) );
		self::back( '' === $error ? __( 'The hub is there and took the test. What visitors send now arrives.', 'ringback' ) : Words::of( $error ), '' === $error );
	}

	/** The button “Send now”: all that waits is tried at once. */
	public static function send(): void {
		self::admit( self::SEND );
		Queue::wake( time() );
		Courier::run();
		$state = Queue::state();
		/* translators: %d: how many submissions */
		$left = sprintf( _n( '%d submission still waits.', '%d submissions still wait.', (int) $state->waiting, 'ringback' ), (int) $state->waiting );
		self::back( $state->waiting ? $left . ' ' . Words::of( $state->error ) : __( 'All of it has arrived.', 'ringback' ), ! $state->waiting );
	}

	public static function show(): void {
		if ( ! current_user_can( self::MAY ) ) {
			return;
		}
		$state = Queue::state();
		echo '<div class="wrap"><h1>Ringback</h1>';
		self::tell();
		self::form();
		self::buttons( $state );
		self::rows( $state );
		echo '</div>';
	}

	private static function form(): void {
		$address = Settings::address();
		$secret  = '' !== Settings::secret();
		?>
		<p><?php esc_html_e( 'What visitors write in your forms and order in your shop is kept in this site’s database and sent to your Ringback hub. While the hub is away it waits here.', 'ringback' ); ?></p>
		<form method="post" action="<?php echo esc_url( admin_url( 'options.php' ) ); ?>">
			<?php settings_fields( self::PAGE ); ?>
			<table class="form-table" role="presentation">
				<tr>
					<th scope="row"><label for="ringback-address"><?php esc_html_e( 'Address of the form', 'ringback' ); ?></label></th>
					<td><input class="regular-text code" id="ringback-address" name="<?php echo esc_attr( self::name( 'address' ) ); ?>" type="url" value="<?php echo esc_attr( $address ); ?>" placeholder="https://hub.klarruta.example/in/website/…" aria-describedby="ringback-address-hint">
					<p class="description" id="ringback-address-hint"><?php esc_html_e( 'In Ringback: Settings, Forms, your form, “Put it on a site”.', 'ringback' ); ?>
					<?php if ( 0 === stripos( $address, 'http:' ) ) : ?>
						<strong><?php esc_html_e( 'It begins with http://, so that anybody on the way can read it. Use https:// if the hub is on another machine.', 'ringback' ); ?></strong>
					<?php endif; ?></p></td>
				</tr>
				<tr>
					<th scope="row"><label for="ringback-secret"><?php esc_html_e( 'Secret', 'ringback' ); ?></label></th>
					<td><input class="regular-text code" id="ringback-secret" name="<?php echo esc_attr( self::name( 'secret' ) ); ?>" type="password" value="" autocomplete="new-password" placeholder="<?php echo esc_attr( $secret ? __( 'kept; write another to change it', 'ringback' ) : __( 'none', 'ringback' ) ); ?>" aria-describedby="ringback-secret-hint">
					<p class="description" id="ringback-secret-hint"><?php esc_html_e( 'The same as the secret of the form’s channel in Ringback. With it the hub knows that it is really this site.', 'ringback' ); ?></p>
					<?php if ( $secret ) : ?>
						<p><label><input type="checkbox" name="<?php echo esc_attr( self::name( 'no_secret' ) ); ?>" value="1"> <?php esc_html_e( 'Remove the secret', 'ringback' ); ?></label></p>
					<?php endif; ?></td>
				</tr>
				<tr>
					<th scope="row"><?php esc_html_e( 'What is sent', 'ringback' ); ?></th>
					<td><fieldset><legend class="screen-reader-text"><?php esc_html_e( 'What is sent', 'ringback' ); ?></legend><?php self::sources(); ?></fieldset></td>
				</tr>
				<tr>
					<th scope="row"><?php esc_html_e( 'Where visitors come from', 'ringback' ); ?></th>
					<td><label><input type="checkbox" name="<?php echo esc_attr( self::name( 'origin' ) ); ?>" value="1" <?php checked( Settings::remembers_origin() ); ?>> <?php esc_html_e( 'Remember the first page of a visit and its campaign', 'ringback' ); ?></label>
					<p class="description"><?php esc_html_e( 'For 30 days, in a cookie of this site: say so in your privacy notice. Without it, the page of the form and its own marks (utm_source and the like) are sent.', 'ringback' ); ?></p></td>
				</tr>
				<tr>
					<th scope="row"><?php esc_html_e( 'When the plug-in is deleted', 'ringback' ); ?></th>
					<td><label><input type="checkbox" name="<?php echo esc_attr( self::name( 'forget' ) ); ?>" value="1" <?php checked( Settings::forgets() ); ?>> <?php esc_html_e( 'Delete its settings and its queue too', 'ringback' ); ?></label>
					<p class="description"><?php esc_html_e( 'What has not arrived at the hub is kept in any case.', 'ringback' ); ?></p></td>
				</tr>
			</table>
			<?php submit_button(); ?>
		</form>
		<?php
	}

	private static function sources(): void {
		foreach ( Sources\Source::all() as $key => $source ) {
			?>
			<label><input type="checkbox" name="<?php echo esc_attr( self::name( 'sources' ) . "[$key]" ); ?>" value="1" <?php checked( in_array( $key, Settings::sources(), true ) ); ?>> <?php echo esc_html( $source->title() ); ?>
			<?php if ( ! $source->is_here() ) : ?>
				<span class="description"><?php esc_html_e( '(not installed here)', 'ringback' ); ?></span>
			<?php endif; ?></label><br>
			<?php
		}
	}

	private static function buttons( object $state ): void {
		if ( '' === Settings::address() ) {
			return;
		}
		echo '<h2>' . esc_html__( 'Does it work?', 'ringback' ) . '</h2><p>';
		self::button( self::TEST, __( 'Send a test', 'ringback' ) );
		if ( $state->waiting ) {
			self::button( self::SEND, __( 'Send now', 'ringback' ) );
		}
		echo '</p>';
	}

	private static function button( string $action, string $words ): void {
		?>
		<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>" style="display:inline">
			<input type="hidden" name="action" value="<?php echo esc_attr( $action ); ?>">
			<?php wp_nonce_field( $action ); ?>
			<button class="button"><?php echo esc_html( $words ); ?></button>
		</form>
		<?php
	}

	private static function rows( object $state ): void {
		echo '<h2>' . esc_html__( 'Waiting and sent', 'ringback' ) . '</h2><p>';
		if ( $state->waiting ) {
			/* translators: 1: how many submissions, 2: a time span such as "5 minutes" */
			$words = _n( '%1$d submission waits, since %2$s.', '%1$d submissions wait, the oldest since %2$s.', (int) $state->waiting, 'ringback' );
			echo esc_html( sprintf( $words, (int) $state->waiting, human_time_diff( (int) $state->since ) ) ) . ' ' . esc_html( Words::of( $state->error ) );
		} else {
			esc_html_e( 'Nothing waits.', 'ringback' );
		}
		echo '</p>';
		$rows = Queue::latest( self::ROWS );
		if ( $rows ) {
			echo '<table class="widefat striped"><thead><tr><th scope="col">' . esc_html__( 'What', 'ringback' ) . '</th><th scope="col">' . esc_html__( 'Came in', 'ringback' ) . '</th><th scope="col">' . esc_html__( 'How it stands', 'ringback' ) . '</th></tr></thead><tbody>';
			foreach ( $rows as $row ) {
				echo '<tr><td>' . esc_html( $row->about ) . '</td><td>' . esc_html( self::moment( (int) $row->created ) ) . '</td><td>' . esc_html( self::standing( $row ) ) . '</td></tr>';
			}
			echo '</tbody></table>';
		}
	}

	private static function standing( object $row ): string {
		if ( $row->sent ) {
			/* translators: %s: a date and time */
			return sprintf( __( 'The hub has it since %s.', 'ringback' ), self::moment( (int) $row->sent ) );
		}
		if ( '' === $row->last_error ) {
			return __( 'It is about to be sent.', 'ringback' );
		}
		/* translators: %s: a date and time */
		return Words::of( $row->last_error ) . ' ' . sprintf( __( 'Next try: %s.', 'ringback' ), self::moment( (int) $row->next_try ) );
	}

	private static function moment( int $at ): string {
		return (string) wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), $at );
	}

	private static function name( string $setting ): string {
		return Settings::OPTION . "[$setting]";
	}

	private static function admit( string $action ): void {
		if ( ! current_user_can( self::MAY ) ) {
			wp_die( esc_html__( 'You may not do this.', 'ringback' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( $action );
	}

	/** Go back to the page, which then says these words once. */
	private static function back( string $words, bool $good ): void {
		set_transient( self::told(), array( $words, $good ), MINUTE_IN_SECONDS );
		wp_safe_redirect( self::address() );
		exit;
	}

	private static function tell(): void {
		$told = get_transient( self::told() );
		if ( is_array( $told ) ) {
			delete_transient( self::told() );
			echo '<div class="notice ' . ( $told[1] ? 'notice-success' : 'notice-error' ) . '" role="status"><p>' . esc_html( $told[0] ) . '</p></div>';
		}
	}

	private static function told(): string {
		return 'ringback_told_' . get_current_user_id();
	}
}
