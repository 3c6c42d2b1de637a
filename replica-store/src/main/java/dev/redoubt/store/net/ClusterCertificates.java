package dev.redoubt.store.net;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaMiscPEMGenerator;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObjectGenerator;
import org.bouncycastle.util.io.pem.PemWriter;

/**
 * The certificate authority of one run, and the certificates of its nodes: EC keys on P-256, valid
 * for {@value #VALID_DAYS} days. Its own key is in memory only, so nobody can be let in after
 * whoever made it has ended.
 */
public final class ClusterCertificates {

  private static final int VALID_DAYS = 30;
  private static final String CURVE = "secp256r1";
  private static final String SIGNATURE = "SHA256withECDSA";
  private static final int SERIAL_BYTES = 16;

  private final KeyPair keys;
  private final X509Certificate certificate;

  private ClusterCertificates(KeyPair keys, X509Certificate certificate) {
    this.keys = keys;
    this.certificate = certificate;
  }

  /** A new authority. */
  public static ClusterCertificates create() {
    try {
      KeyPair keys = keyPair();
      X500Principal name = new X500Principal("CN=redoubt run " + serial().toString(16));
      X509v3CertificateBuilder builder = builder(name, name, keys);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      return new ClusterCertificates(keys, sign(builder, keys));
    } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
      throw new IllegalStateException("a certificate cannot be made here: " + e.getMessage(), e);
    }
  }

  /**
   * Makes a certificate for a node and writes it, its key and the authority's certificate into
   * {@code folder}, as {@code tls.crt}, {@code tls.key} and {@code ca.crt}, and the same as key
   * stores for whoever cannot read EC keys in PEM, as Akka cannot. Only the owner may read the
   * files, where the file system knows owners.
   *
   * @param folder made if it is not there
   * @param node whose name the certificate is for
   * @param hosts names and IP addresses under which the node is reached, for whoever checks those
   * @throws UncheckedIOException if a file cannot be written or is there already
   */
  public TlsFiles issue(Path folder, String node, List<String> hosts) {
    TlsFiles files = TlsFiles.in(folder);
    try {
      KeyPair own = keyPair();
      X509Certificate issued = certify(own, node, hosts);
      makeFolder(folder);
      write(files.ca(), pem(new JcaMiscPEMGenerator(certificate)));
      write(files.certificate(), pem(new JcaMiscPEMGenerator(issued)));
      write(files.key(), pem(new JcaPKCS8Generator(own.getPrivate(), null)));
      write(files.keyStore(), keyStore(own, issued));
      write(files.trustStore(), trustStore());
      return files;
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("a certificate cannot be made here: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("no certificates in " + folder + ": " + e.getMessage(), e);
    }
  }

  private X509Certificate certify(KeyPair own, String node, List<String> hosts)
      throws GeneralSecurityException, OperatorCreationException, CertIOException {
    X509v3CertificateBuilder builder =
        builder(certificate.getSubjectX500Principal(), new X500Principal("CN=" + node), own);
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
    builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    KeyPurposeId[] both = {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth};
    builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(both));
    GeneralName[] names =
        Stream.concat(Stream.of(node), hosts.stream())
            .distinct()
            .map(ClusterCertificates::name)
            .toArray(GeneralName[]::new);
    builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
    return sign(builder, keys);
  }

  private static GeneralName name(String host) {
    boolean isAddress = host.contains(":") || host.matches("[0-9]+(\\.[0-9]+){3}");
    return new GeneralName(isAddress ? GeneralName.iPAddress : GeneralName.dNSName, host);
  }

  private static KeyPair keyPair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(CURVE));
    return generator.generateKeyPair();
  }

  private static X509v3CertificateBuilder builder(
      X500Principal issuer, X500Principal subject, KeyPair keys) {
    Instant now = Instant.now();
    return new JcaX509v3CertificateBuilder(
        issuer,
        serial(),
        Date.from(now.minus(Duration.ofHours(1))),
        Date.from(now.plus(Duration.ofDays(VALID_DAYS))),
        subject,
        keys.getPublic());
  }

  private static BigInteger serial() {
    return new BigInteger(1, RunToken.randomBytes(SERIAL_BYTES)).setBit(0);
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, KeyPair by)
      throws OperatorCreationException, GeneralSecurityException {
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder(SIGNATURE).build(by.getPrivate())));
  }

  private static void makeFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder.toAbsolutePath().getParent());
      if (knowsOwners(folder)) {
        Files.createDirectory(
            folder,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } else {
        Files.createDirectory(folder);
      }
    }
  }

  private static boolean knowsOwners(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private static byte[] pem(PemObjectGenerator object) throws IOException {
    StringWriter text = new StringWriter();
    try (PemWriter out = new PemWriter(text)) {
      out.writeObject(object);
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private byte[] keyStore(KeyPair own, X509Certificate issued)
      throws GeneralSecurityException, IOException {
    KeyStore store = emptyStore();
    Certificate[] chain = {issued, certificate};
    store.setKeyEntry("node", own.getPrivate(), TlsFiles.STORE_PASSWORD.toCharArray(), chain);
    return bytes(store);
  }

  private byte[] trustStore() throws GeneralSecurityException, IOException {
    KeyStore store = emptyStore();
    store.setCertificateEntry("ca", certificate);
    return bytes(store);
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static byte[] bytes(KeyStore store) throws GeneralSecurityException, IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    store.store(out, TlsFiles.STORE_PASSWORD.toCharArray());
    return out.toByteArray();
  }

  /** The file has its permissions before the first byte is in it. */
  private static void write(Path file, byte[] content) throws IOException {
    List<FileAttribute<?>> attributes = new ArrayList<>();
    if (knowsOwners(file)) {
      attributes.add(
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    Set<StandardOpenOption> fresh = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    ByteBuffer bytes = ByteBuffer.wrap(content);
    try (SeekableByteChannel out =
        Files.newByteChannel(file, fresh, attributes.toArray(FileAttribute[]::new))) {
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    }
  }
}
