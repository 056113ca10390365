<?php
/**
 * When what waits is sent: right after the visitor has the answer, otherwise every minute by WordPress's own clock.
 *
 * Where PHP can end the answer first (FPM, LiteSpeed) it is sent in the same request afterwards. Elsewhere the site calls
 * itself and does not wait for what it says; where it cannot, the clock does it.
 */

namespace Ringback;

defined( 'ABSPATH' ) || exit;

final class Courier {

	const EVENT    = 'ringback_every_minute';
	const MINUTELY = 'ringback_minute';
	const CALL     = 'ringback_send';
	const DEAF     = 'ringback_cannot_call_itself';
	const AT_MOST  = 20;   // seconds for one run
	const PATIENCE = 0.05; // seconds for a call to oneself
	const OF_ONE   = array( '400', '413', '415', '422' ); // answers that speak of one body, not of the hub

	public static function stand_by(): void {
		add_filter( 'cron_schedules', array( self::class, 'with_minute' ) );
		add_action( self::EVENT, array( self::class, 'run' ) );
		add_action( 'wp_ajax_' . self::CALL, array( self::class, 'called' ) );
		add_action( 'wp_ajax_nopriv_' . self::CALL, array( self::class, 'called' ) );
		if ( ! wp_next_scheduled( self::EVENT ) ) {
			wp_schedule_event( time() + MINUTE_IN_SECONDS, self::MINUTELY, self::EVENT );
		}
	}

	public static function with_minute( array $schedules ): array {
		$schedules[ self::MINUTELY ] = array( 'interval' => MINUTE_IN_SECONDS, 'display' => 'Ringback' );
		return $schedules;
	}

	public static function leave(): void {
		wp_clear_scheduled_hook( self::EVENT );
	}

	/** Something was put into the queue in this request: send it when the visitor has the answer. */
	public static function hurry(): void {
		if ( ! has_action( 'shutdown', array( self::class, 'depart' ) ) ) {
			add_action( 'shutdown', array( self::class, 'depart' ), 1000 );
		}
	}

	public static function depart(): void {
		if ( self::answered() ) {
			self::run();
		} elseif ( ! get_transient( self::DEAF ) && ! self::call_myself() ) {
			set_transient( self::DEAF, 1, HOUR_IN_SECONDS );
		}
	}

	/** Somebody asks that what is due be sent: us, in the request before. */
	public static function called(): void {
		if ( hash_equals( self::key(), (string) wp_unslash( $_GET['key'] ?? '' ) ) ) {
			ignore_user_abort( true );
			self::run();
		}
		wp_die( '', '', array( 'response' => 204 ) );
	}

	/** Send what is due, unless somebody is at it: a hub that never answers holds up one process of the site and no more. */
	public static function run(): void {
		$until = time() + self::AT_MOST;
		do {
			if ( '' === Settings::address() || ! Queue::lock() ) {
				return;
			}
			$through = self::work( $until );
			Queue::tidy();
			Queue::unlock();
		} while ( $through && time() < $until && Queue::due( time() ) ); // put there by who met the lock
	}

	/** Tell whether all that was due was tried. What holds for all (nobody there, a wrong secret) ends it; one refused does not. */
	private static function work( int $until ): bool {
		$woken = false;
		while ( time() < $until && ( $row = Queue::due( time() ) ) ) {
			if ( ! Queue::claim( $row ) ) {
				continue;
			}
			$error = Delivery::send( $row->uuid, $row->body );
			if ( '' === $error ) {
				Queue::sent( $row );
				$woken || Queue::wake( time(), false );
				$woken = true;
			} else {
				Queue::failed( $row, $error );
				if ( ! in_array( $error, self::OF_ONE, true ) ) {
					return false;
				}
			}
		}
		return true;
	}

	/** End the answer to the visitor, and tell whether that could be done. */
	private static function answered(): bool {
		if ( PHP_SESSION_ACTIVE === session_status() ) {
			session_write_close();
		}
		foreach ( array( 'fastcgi_finish_request', 'litespeed_finish_request' ) as $finish ) {
			if ( function_exists( $finish ) ) {
				ignore_user_abort( true );
				$finish();
				return true;
			}
		}
		return 'cli' === PHP_SAPI || wp_doing_cron();
	}

	/** Ask this very server, by its own address so that no name must be found, and do not wait for the answer. */
	private static function call_myself(): bool {
		$host   = (string) wp_parse_url( admin_url(), PHP_URL_HOST );
		$path   = (string) wp_parse_url( admin_url( 'admin-ajax.php' ), PHP_URL_PATH );
		$port   = (int) ( $_SERVER['SERVER_PORT'] ?? 80 );
		$self   = (string) ( $_SERVER['SERVER_ADDR'] ?? $host );
		$self   = false !== strpos( $self, ':' ) ? "[$self]" : $self;
		$scheme = is_ssl() && 80 !== $port ? 'ssl' : 'tcp';
		// It is ourselves, and nothing that is secret elsewhere is said: whose certificate it is does not matter.
		$context = stream_context_create( array( 'ssl' => array( 'verify_peer' => false, 'verify_peer_name' => false, 'peer_name' => $host ) ) );
		$line    = @stream_socket_client( "$scheme://$self:$port", $number, $words, self::PATIENCE, STREAM_CLIENT_CONNECT, $context );
		if ( ! $line ) {
			return false;
		}
		$query = http_build_query( array( 'action' => self::CALL, 'key' => self::key() ) );
		$head  = (string) wp_parse_url( admin_url(), PHP_URL_PORT );
		$asked = fwrite( $line, "GET $path?$query HTTP/1.0\r\nHost: $host" . ( $head ? ":$head" : '' ) . "\r\nUser-Agent: Ringback\r\nConnection: close\r\n\r\n" );
		fclose( $line );
		return (bool) $asked;
	}

	private static function key(): string {
		return wp_hash( self::CALL );
	}
}
